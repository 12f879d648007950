import { Bench } from 'tinybench';
import { messageOf } from '../../src/shared/errors.js';
import type { Measured } from '../scenario.js';
import type { MicroTask } from './micro-task.js';
import type { Sample } from './sample.js';

/** How long a task runs. */
export interface MicroTimes {
  /** Time before the clock starts, in which code gets compiled. */
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

/** Minimum regardless of the time: on a busy machine, code may still be compiled when the time is over. */
const FEWEST_CALLS = 50;
const NS_A_MS = 1e6;

/**
 * Calls a task repeatedly, then checks once what the last call did.
 *
 * @throws Error whatever the task throws
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
      // Other processes make calls slower but never faster. On a shared machine the median jumps between two
      // values.
      bestNs: anOperation(result.latency.min),
      medianNs: anOperation(result.latency.p50),
      meanNs: anOperation(result.latency.mean),
    },
  };
}
