import { messageOf } from '../src/errors.js';
import type { SortBy } from '../src/sort-by.js';
import type { Night } from './night.js';
import { dropFromPageCache } from './page-cache.js';
import { type Attempt, play } from './play.js';
import type { ProgramCache } from './program-cache.js';
import type { OursOptions } from './publisher.js';
import type { ReceiverChoice } from './receiver.js';
import { sendFirstEvent } from './start.js';

/** Whether there is an index on the attributes' event ids. */
export const INDICES = ['index', 'noindex'] as const;
export type Index = (typeof INDICES)[number];

/**
 * What ours finds. `cold`: the database is on the disk alone, and its own cache folder is empty. `cached`: what the run
 * before left behind, in that folder and in memory.
 */
export const CACHE_STATES = ['cold', 'cached'] as const;
export type CacheState = (typeof CACHE_STATES)[number];

/** What is measured in one line of the table. */
export interface ArchiveCase {
  readonly index: Index;
  readonly order: SortBy;
  readonly cache: CacheState;
}

export interface ArchivePlan extends ArchiveCase, Pick<OursOptions, 'workers' | 'highWaterMark'> {
  /** Which repetition it is, from 1. */
  readonly run: number;
  readonly night: Night;
  /** Events that are played for the rate, from the first of the order on. */
  readonly events: number;
  readonly receiver: ReceiverChoice;
  /** The order that is expected; undefined: that of the numbers. */
  readonly ranksPath: string | undefined;
  readonly programCache: ProgramCache;
}

export type ArchiveTrial = ArchiveCase & {
  readonly run: number;
  /** Seconds from the start of the process to its end, when it sends one event to nobody. Null where it did not. */
  readonly firstEventS: number | null;
  /** By then. */
  readonly firstEventPeakRssBytes: number | null;
  /** Of what ours has in its cache folder at the end. */
  readonly keptBytes: number;
  /** Whether the database was read from the disk, as it should be in a cold trial; null in others. */
  readonly isFromDisk: boolean | null;
} & Attempt;

/**
 * Little is read ahead in that time: a part of the events that the clock does not see decoded. Still long enough for a
 * subscriber that tries to connect every 10 ms.
 */
export const WAIT_SETUP_S = 0.2;

const START_TIMEOUT_MS = 60_000;
/** What ours builds before the first event takes some tens of microseconds an event. */
const START_TIMEOUT_MS_PER_EVENT = 0.2;

/** How long the first event of a night may take. */
export function startTimeoutMs({ events }: Night): number {
  return START_TIMEOUT_MS + START_TIMEOUT_MS_PER_EVENT * events;
}

/** Measures the time to the first event, and then a run of many; in a cold trial both are cold. */
export async function runArchiveTrial(plan: ArchivePlan): Promise<ArchiveTrial> {
  const { index, order, cache, run, night, events, receiver, ranksPath, programCache } = plan;
  const { env } = programCache;
  const options: OursOptions = { workers: plan.workers, highWaterMark: plan.highWaterMark, sortBy: order };
  const timeoutMs = startTimeoutMs(night);
  const prepare = (): boolean | null => {
    if (cache === 'cached') return null;
    programCache.empty();
    return dropFromPageCache(night.path);
  };
  const name = { index, order, cache, run };
  const wasDroppedAtFirst = prepare();
  try {
    const first = await sendFirstEvent(night, options, { timeoutMs, env });
    const wasDropped = prepare();
    const attempt = await play({
      ...options,
      ...{ publisher: 'ours', night, receiver, ranksPath, limit: events, env },
      ...{ waitSetupS: WAIT_SETUP_S, startTimeoutMs: timeoutMs },
    });
    return {
      ...name,
      firstEventS: first.wallS,
      firstEventPeakRssBytes: first.peakRssBytes,
      keptBytes: programCache.sizeBytes,
      isFromDisk: wasDroppedAtFirst && wasDropped,
      ...attempt,
    };
  } catch (error) {
    return {
      ...name,
      ...{ firstEventS: null, firstEventPeakRssBytes: null, keptBytes: programCache.sizeBytes },
      ...{ isFromDisk: wasDroppedAtFirst, state: 'invalid', reasons: [messageOf(error)] },
    };
  }
}
