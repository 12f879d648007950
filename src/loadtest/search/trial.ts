import type { SubscriberKind } from '../subscriber-kind.js';
import type { GaveWay } from '../what-gave-way.js';

/** A trial that a search asks for: one load, for one measured time (RFC 2544). */
export interface TrialPlan {
  /** Intended load: events a second, or times the recorded speed. Above 0. */
  readonly load: number;
  /** Measured time, in seconds: after the warm-up, before the drain. */
  readonly measuredS: number;
}

/**
 * `good`: it met the goal. `bad`: a subscriber did not. `invalid`: the instrument or the machine was the limit, so it says
 * nothing about subscribers.
 */
export type TrialOutcome = 'good' | 'bad' | 'invalid';

/** How the lag of a subscriber grew in the measured time, in events a second: Theil-Sen, and its interval of 95 %. */
export interface LagSlope {
  readonly perS: number;
  readonly lowPerS: number;
  readonly highPerS: number;
  /** What is left of the lag when the line is taken away: its standard deviation, in events. */
  readonly residual: number;
}

/** What a trial found of one subscriber. */
export interface TrialSubscriber {
  readonly name: string;
  readonly kind: SubscriberKind;
  /** Null: its lag is not known. */
  readonly lagSlope: LagSlope | null;
  /** Events that it took a second, while it had more to take than it took; null: it had no backlog, or it is not known. */
  readonly backlogRatePerS: number | null;
  /** Events lost in the trial; null: not known. */
  readonly lost: number | null;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  /** Most events behind in the measured time, and after the drain. */
  readonly mostLag: number | null;
  readonly endLag: number | null;
  readonly gaveWay: GaveWay | null;
  /** Why this subscriber makes the trial bad, in clauses such as `lag +4.1%/s`; empty: it does not. */
  readonly missed: readonly string[];
}

/** What a trial found. */
export interface TrialResult extends TrialPlan {
  readonly outcome: TrialOutcome;
  /** Why it is not good, in sentences; empty: it is. */
  readonly reasons: readonly string[];
  /** What made it invalid; null: it is valid. */
  readonly limit: 'load' | 'sentinel' | 'machine' | null;
  /** Whether a condition on lost events was missed: one such trial decides. */
  readonly isLossy: boolean;
  /** Events a second that were sent in the measured time. */
  readonly offeredPerS: number;
  /** The sentinel first, if there is one. */
  readonly subscribers: readonly TrialSubscriber[];
}

/** Runs one trial. @throws what ends the whole load test */
export type RunTrial = (plan: TrialPlan) => Promise<TrialResult>;
