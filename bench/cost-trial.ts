import { messageOf } from '../src/errors.js';
import { startTimeoutMs, WAIT_SETUP_S } from './archive-trial.js';
import type { Night } from './night.js';
import { loadIntoPageCache } from './page-cache.js';
import { type Attempt, play } from './play.js';
import type { ProgramCache } from './program-cache.js';
import type { OursOptions } from './publisher.js';
import type { ReceiverChoice } from './receiver.js';
import { sendFirstEvent } from './start.js';

export interface CostPlan extends Pick<OursOptions, 'workers' | 'highWaterMark'> {
  readonly run: number;
  readonly night: Night;
  readonly receiver: ReceiverChoice;
  readonly programCache: ProgramCache;
}

/** A night from its first event to its last, and what an event of it took. */
export type CostTrial = {
  /** Of the whole night. */
  readonly events: number;
  readonly run: number;
  /**
   * Microseconds of CPU time an event, of all threads of ours, without what it takes to start: that of sending the first
   * event alone is taken off. Null where it is not known.
   */
  readonly costCpuUs: number | null;
  /** The same of the time that passes. */
  readonly costWallUs: number | null;
} & Attempt;

/** Plays a whole night from memory, in the order of its table. */
export async function runCostTrial(plan: CostPlan): Promise<CostTrial> {
  const { run, night, receiver, workers, highWaterMark } = plan;
  const { env } = plan.programCache;
  const { events } = night;
  const timeoutMs = startTimeoutMs(night);
  const options: OursOptions = { workers, highWaterMark };
  loadIntoPageCache(night.path);
  try {
    const first = await sendFirstEvent(night, options, { timeoutMs, env });
    const attempt = await play({
      ...options,
      ...{ publisher: 'ours', night, receiver, env },
      ...{ waitSetupS: WAIT_SETUP_S, startTimeoutMs: timeoutMs },
    });
    const anEvent = (all: number | null | undefined, start: number | null) =>
      all == null || start === null ? null : ((all - start) * 1e6) / (events - 1);
    return {
      ...{ events, run, ...attempt },
      costCpuUs: anEvent(attempt.cpuS, first.cpuS),
      costWallUs: anEvent(attempt.wallS, first.wallS),
    };
  } catch (error) {
    return { events, run, costCpuUs: null, costWallUs: null, state: 'invalid', reasons: [messageOf(error)] };
  }
}
