import type { Buckets } from '../../measure/buckets.js';
import type { Histogram } from '../../measure/histogram.js';
import type { ConnectionReport } from '../kernel-report.js';
import type { LoadProgress } from '../load-progress.js';
import type { Proof, SubscriberResult } from '../load-report.js';

export type SubscriberNow = LoadProgress['subscribers'][number];

/** How a subscriber stood when it was last seen. Null: not known. */
export interface WatchedPoint {
  /** When that was, in microseconds since 1970. */
  readonly atUs: number;
  readonly received: number | null;
  /** Events behind, and how long ago the oldest of them was due, in seconds. */
  readonly lag: number | null;
  readonly lagS: number | null;
  /** Events that were sent for it, and of these those that it has not received: on their way, or lost. */
  readonly wanted: number | null;
  readonly missing: number | null;
  readonly duplicated: number | null;
  readonly reordered: number | null;
}

/**
 * Whether a subscriber is there. `joining`: it is to come later, or connects. `left`: it has ended as it was told to. `gone`: it has ended, or
 * its connection has, without being told to. `silent`: it reports no longer. `unconnected`: nobody is at its endpoint.
 */
export type SubscriberState = 'joining' | 'receiving' | 'left' | 'gone' | 'silent' | 'unconnected';

/** What is found of a subscriber by one look after the other; `SubscriberWatch` adds how it recovered. */
export type WatchedResult = Omit<SubscriberResult, 'recoveries'>;

/** A subscriber of a load test, however it is seen. */
export interface Watched {
  /** How it stood at the last look. */
  readonly point: WatchedPoint;
  readonly state: SubscriberState;
  /** What its figures are known by. */
  readonly proof: Proof;
  /** The agent that it is one of; undefined: of none. */
  readonly agent: string | undefined;
  /** Most events that it was behind by so far; null: not known. */
  readonly mostLag: number | null;
  /** The latencies of all events that it has reported; undefined: not known. */
  readonly latencies: Histogram | undefined;
  /**
   * Takes what is new of it.
   *
   * @param drainS seconds since the load ended; undefined: it has not
   */
  look(drainS: number | undefined): SubscriberNow;
  /** Whether it has received all, as far as that is known, or is gone. */
  readonly isDrained: boolean;
  /** Percentiles of the same, in nanoseconds, in some tenths of a millisecond; undefined: not known. @param percents ascending */
  latencyPercentiles(percents: readonly number[]): number[] | undefined;
  /** From when events were due until it received them; undefined: not known. @param boundsNs ascending */
  latencyBuckets(boundsNs: readonly number[]): Buckets | undefined;
  /** What was found of it so far. `recoveryS` is that from the end of the load. */
  result(): WatchedResult;
}

/** The most that a subscriber was behind, and when it had caught up after the load. */
export class LagRecord {
  private _mostEvents: number | null = null;
  private _mostS: number | null = null;
  private _recoveryS: number | null = null;

  /** @param lag events that it is behind by; null: not known @param lagS the same in seconds */
  note(lag: number | null, lagS: number | null, drainS: number | undefined): void {
    if (lag === null) return;
    this._mostEvents = Math.max(this._mostEvents ?? 0, lag);
    if (lagS !== null && !Number.isNaN(lagS)) this._mostS = Math.max(this._mostS ?? 0, lagS);
    if (drainS !== undefined && lag === 0) this._recoveryS ??= drainS;
  }

  /** The figures of a result. */
  get figures(): Pick<SubscriberResult, 'mostLag' | 'mostLagS' | 'recoveryS'> {
    const never = this._mostEvents === null ? null : Number.POSITIVE_INFINITY;
    return { mostLag: this._mostEvents, mostLagS: this._mostS, recoveryS: this._recoveryS ?? never };
  }
}

/** The name of a connection's program and its address, or its address alone. */
export function connectionName({ command, peer }: Pick<ConnectionReport, 'command' | 'peer'>): string {
  if (command === null) return peer;
  // `python3` of `/usr/bin/python3 logger.py`.
  const [first = ''] = command.split(' ');
  return `${first.slice(first.lastIndexOf('/') + 1)} ${peer}`;
}

const UNNUMBERED = { duplicated: null, reordered: null };

/** How a connection stands. What its system has and its program has not read is behind, too, where that is seen. */
export function connectionPoint(connection: ConnectionReport | undefined, seenUs: number): WatchedPoint {
  const { sentEvents = null, lagEvents = null, lagS = null, lostAtLeast, unreadEvents } = connection ?? {};
  const lag = lagEvents === null ? null : lagEvents + (unreadEvents ?? 0);
  const missing = lagEvents === null ? null : lagEvents + (lostAtLeast ?? 0);
  const received =
    sentEvents === null || missing === null ? null : sentEvents - missing - (unreadEvents ?? 0);
  return { atUs: seenUs, received, lag, lagS, wanted: sentEvents, missing, ...UNNUMBERED };
}

/** What a result says of a connection. */
export function ofConnection(
  connection: ConnectionReport | undefined,
): Pick<SubscriberResult, 'peer' | 'pid' | 'command' | 'backedUpShare' | 'gaveWay'> {
  return {
    peer: connection?.peer ?? null,
    pid: connection?.pid ?? null,
    command: connection?.command ?? null,
    backedUpShare: connection?.backedUpShareOfRun ?? null,
    gaveWay: connection?.gaveWay ?? null,
  };
}
