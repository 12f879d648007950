import { fileURLToPath } from 'node:url';
import { RunningProgram } from '../../test/support/peer.js';
import { requireSuccess } from '../require-success.js';
import type { Case, Measured, Prepared, Scenario } from '../scenario.js';
import { atLevel, type Settings } from '../settings.js';
import type { MicroTimes } from './measure-task.js';
import { SAMPLE_ATTRIBUTES, SAMPLE_EVENTS, sampleNight } from './sample.js';
import { MICRO_TASKS } from './tasks.js';

const PROGRAM = fileURLToPath(new URL('./program.js', import.meta.url));
const TIMEOUT_MS = 60_000;

export const microScenario: Scenario = {
  name: 'micro',
  title: 'Parts of the way',
  question: 'What does each small part of an event’s way take on its own, in the main thread of a process?',
  figures: [
    {
      ...{ name: 'bestNs', title: 'ns/operation, best call', unit: 'ns' },
      ...{ better: 'lower', isCompared: true, isShown: true },
    },
    {
      ...{ name: 'medianNs', title: 'median call', unit: 'ns' },
      ...{ better: 'lower', isCompared: false, isShown: true },
    },
    {
      ...{ name: 'meanNs', title: 'mean, garbage collections included', unit: 'ns' },
      ...{ better: 'lower', isCompared: false, isShown: true },
    },
  ],
  charts: [{ title: 'Nanoseconds an operation, best call', kind: 'bars', figure: 'bestNs' }],
  prepare: prepareMicro,
};

async function prepareMicro({ level, signal, onMake }: Settings): Promise<Prepared> {
  await sampleNight(signal, onMake);
  const times = atLevel<MicroTimes>(level, {
    quick: { warmUpMs: 100, measuredMs: 120 },
    default: { warmUpMs: 250, measuredMs: 500 },
    full: { warmUpMs: 250, measuredMs: 500 },
  });
  const tasks = MICRO_TASKS.filter(({ isQuick }) => isQuick || level !== 'quick');
  const cases = tasks.map(
    ({ id, operation }): Case => ({
      ...{ id, subject: 'ours', parameters: { operation }, reference: null },
      measure: () => measureApart(id, times),
    }),
  );
  return {
    conditions: { events: SAMPLE_EVENTS, attributes: SAMPLE_ATTRIBUTES, ...times, tool: 'tinybench' },
    notes: [
      'A call does about a thousand operations. The same events come again and again, so that caches are warm.',
    ],
    cases,
  };
}

async function measureApart(id: string, { warmUpMs, measuredMs }: MicroTimes): Promise<Measured> {
  const args = ['--task', id, '--warm-up-ms', String(warmUpMs), '--measured-ms', String(measuredMs)];
  const program = new RunningProgram(process.execPath, [PROGRAM, ...args], { timeoutMs: TIMEOUT_MS });
  const outcome = await program.outcome;
  requireSuccess(`the program of ${id}`, outcome);
  return JSON.parse(outcome.stdout) as Measured;
}
