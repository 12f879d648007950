import type { Buckets } from '../../measure/buckets.js';
import type { ConnectionReport } from '../kernel-report.js';
import type { LoadProgress } from '../load-progress.js';
import type { SubscriberResult } from '../load-report.js';

export type SubscriberNow = LoadProgress['subscribers'][number];

/** A subscriber of a load test, however it is seen. */
export interface Watched {
  /**
   * Takes what is new of it.
   *
   * @param drainS seconds since the load ended; undefined: it has not
   */
  look(drainS: number | undefined): SubscriberNow;
  /** Whether it has received all, as far as that is known, or is gone. */
  readonly isDrained: boolean;
  /** From when events were due until it received them; undefined: not known. @param boundsNs ascending */
  latencyBuckets(boundsNs: readonly number[]): Buckets | undefined;
  /** What was found of it so far. */
  result(): SubscriberResult;
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
