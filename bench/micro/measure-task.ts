import { Bench } from 'tinybench';
import { messageOf } from '../../src/shared/errors.js';
import type { Measured } from '../scenario.js';
import type { MicroTask } from './micro-task.js';
import type { Sample } from './sample.js';

/** How long a task is done. */
export interface MicroTimes {
  /** Before the clock starts: the time in which code is compiled. */
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

/** However long they take: on a machine with more to do, code is still being compiled when a time is up. */
const FEWEST_CALLS = 50;
const NS_A_MS = 1e6;

/**
 * Does a task again and again, and then looks once at what it did.
 *
 * @throws Error what the task throws
 */
export async function measureTask(task: MicroTask, sample: Sample, times: MicroTimes): Promise<Measured> {
  const { operations, call, fault } = task.make(sample);
  const bench = new Bench({
    ...{ warmupTime: times.warmUpMs, warmupIterations: FEWEST_CALLS },
    ...{ time: times.measuredMs, iterations: FEWEST_CALLS, throws: true },
  });
  bench.add(task.id, call);
  const [{ result }] = await bench.run();
  if (result.state !== 'completed') throw new Error(`${task.id}: tinybench ended as ${result.state}`);
  const found = await Promise.resolve().then(fault).catch(messageOf);
  const anOperation = (ms: number) => (ms * NS_A_MS) / operations;
  return {
    reasons: found === undefined ? [] : [`${task.id}: ${found}`],
    figures: {
      // What else the machine does makes calls slower, and none faster: on a shared one the median has two values.
      bestNs: anOperation(result.latency.min),
      medianNs: anOperation(result.latency.p50),
      meanNs: anOperation(result.latency.mean),
    },
  };
}
