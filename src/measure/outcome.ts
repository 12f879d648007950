import type { Warnings } from '../batch/warnings.js';
import type { CutGaps } from '../pacing/pacer.js';
import type { PassedOver } from '../sources/recording-files.js';
import type { Undelivered } from '../zmq/publisher.js';
import type { DamageSummary } from './damage-report.js';
import type { LatenessSummary, RecentLateness } from './lateness.js';
import type { StallSummary } from './stalls.js';
import type { TopicLatenessSummary } from './topic-lateness.js';

/** Where a replay stands. */
export interface ReplayProgress {
  /** Events sent so far. */
  readonly sent: number;
  /** Topics and payloads sent so far, in bytes. */
  readonly bytes: number;
  /** Seconds since the first event. */
  readonly elapsedS: number;
  /** Rates of about the last second. */
  readonly eventsPerS: number;
  readonly bytesPerS: number;
  /** Recorded time of the event sent last, in Unix seconds; NaN where there is none. */
  readonly positionS: number;
  /** How much of the pass is done: 0 to 1. */
  readonly share: number;
  /** Lateness of the event sent last, in microseconds. */
  readonly latenessUs: number;
  /** Lateness of about the last second; undefined flat out, and where nothing was sent for two. */
  readonly lateness: RecentLateness | undefined;
  /** Seconds until the next event is due, where it is waited for; else 0. */
  readonly nextInS: number;
  /** Seconds until the pass ends, as far as can be told; NaN where it cannot. */
  readonly leftS: number;
  /** The pass at hand, from 1. */
  readonly pass: number;
  /** Subscribers that there are, as far as that is known: see `waitSubscribers`. */
  readonly subscribers: number;
}

/** How often a plan was moved because it could not be kept, and how far. */
export interface Shifts {
  readonly count: number;
  readonly totalS: number;
}

/** How often a replay was paused, and how long in all. */
export interface Pauses {
  readonly count: number;
  readonly totalS: number;
}

/** What a replay did. */
export interface ReplayOutcome {
  /**
   * Why it ended: the events did, `limit` was reached, `signal` was aborted, an event was too late and that was to end
   * it, or a person quit.
   */
  readonly endedBy: 'end' | 'limit' | 'abort' | 'late' | 'quit';
  /** Events sent. */
  readonly sent: number;
  /** Events not sent because their topic was not wanted. */
  readonly filtered: number;
  /** Topics and payloads, in bytes, without ZeroMQ's framing. */
  readonly bytes: number;
  /** Events sent before the first one, to tell the state at the start. They are not among `sent`. */
  readonly primed: number;
  /** Silences that were cut by `maxGapS`. */
  readonly gaps: CutGaps;
  /** When the first and the last event of the recordings are due, selected or not, in Unix seconds; NaN: not known. */
  readonly recordedFromS: number;
  readonly recordedToS: number;
  /** Files that were found in folders, or by patterns, and could not be read. */
  readonly unreadable: readonly PassedOver[];
  /** What could not be read: counted, and located by row ids, in the first hundred stretches. */
  readonly damage: DamageSummary;
  /** Passes begun: 1, or more with `loop` or `serveForever`. */
  readonly passes: number;
  /** From the first event sent to the last, in seconds. */
  readonly durationS: number;
  /** Events and bytes sent in that time, a second; 0 where there is no time. */
  readonly eventsPerS: number;
  readonly bytesPerS: number;
  /** Events that were too late, and not sent for that. */
  readonly dropped: number;
  readonly shifts: Shifts;
  /** What could not be delivered before the end, as far as that is known. */
  readonly undelivered: Undelivered;
  readonly seeks: number;
  readonly pauses: Pauses;
  /** How late events were sent; undefined flat out, where an event is due when it is sent. */
  readonly lateness: LatenessSummary | undefined;
  /** The same by topic, the latest first, where that was asked for. */
  readonly latenessByTopic: readonly TopicLatenessSummary[] | undefined;
  /** How lateness grew, in parts per million: microseconds a second. Undefined in less than three seconds. */
  readonly driftPpm: number | undefined;
  /** Times in which an event was overdue, by what held it up. */
  readonly stalls: StallSummary;
  /** Which conditions of `failIf` hold. */
  readonly failed: readonly MissedThreshold[];
  /** What was odd about the events that were read, by kind. */
  readonly warnings: Warnings;
}

/** A condition that a replay met. */
export interface MissedThreshold {
  readonly condition: string;
  /** What was found, in the unit of the condition; null: it was not measured. */
  readonly found: number | null;
  /** `µs`, `ms`, `s`, `ppm`, or empty for numbers of events. */
  readonly unit: string;
}
