/** Measures one task and prints the result as JSON. */
import { parseArgs } from 'node:util';
import type { Measured } from '../scenario.js';
import { measureTask } from './measure-task.js';
import { Sample, sampleNight } from './sample.js';
import { MICRO_TASKS } from './tasks.js';

const { values } = parseArgs({
  options: {
    task: { type: 'string' },
    'warm-up-ms': { type: 'string' },
    'measured-ms': { type: 'string' },
  },
});

const task = MICRO_TASKS.find(({ id }) => id === values.task);
if (task === undefined) throw new Error(`Expected --task to be one of those of tasks.ts, got ${values.task}`);
const sample = new Sample(await sampleNight(new AbortController().signal, () => {}));
const times = { warmUpMs: Number(values['warm-up-ms']), measuredMs: Number(values['measured-ms']) };
const measured: Measured = await measureTask(task, sample, times);
process.stdout.write(JSON.stringify(measured));
