import type { Histogram } from '../../measure/histogram.js';
import type { LagSlope } from '../search/trial.js';
import type { SubscriberKind } from '../subscriber-kind.js';
import type { GaveWay } from '../what-gave-way.js';

/** The figures of one subscriber in one trial. Null: not known. */
export interface TrialFigures {
  readonly name: string;
  readonly kind: SubscriberKind;
  readonly lagSlope: LagSlope | null;
  /** Events that it took a second, while it had more to take than it took. */
  readonly backlogRatePerS: number | null;
  /** Most events that it took a second, over half a second or more. */
  readonly mostPerS: number | null;
  /** Events of the trial that it did not receive, warm-up and drain included, and those that were sent for it. */
  readonly lost: number | null;
  readonly wanted: number | null;
  /** Most events behind in the measured time, the same in seconds, and after the drain. */
  readonly mostLag: number | null;
  readonly mostLagS: number | null;
  readonly endLag: number | null;
  /** Latencies of the measured time, by windows of a second. Empty: not known. */
  readonly windows: readonly Histogram[];
  readonly receivedPerS: number | null;
  readonly received: number | null;
  readonly duplicated: number | null;
  readonly reordered: number | null;
  /** Share of the measured time in which it had no room for more. */
  readonly backedUpShare: number | null;
  /** Time from the end of the load until it had received all, in seconds; Infinity: it had not in the time to drain. */
  readonly recoveryS: number | null;
  readonly hasGone: boolean;
  readonly gaveWay: GaveWay | null;
}
