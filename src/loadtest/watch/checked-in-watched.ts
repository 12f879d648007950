import { type Buckets, bucketsOf } from '../../measure/buckets.js';
import type { Histogram } from '../../measure/histogram.js';
import { systemClock } from '../../shared/clock.js';
import type { CheckedIn } from '../check-in.js';
import type { ConnectionReport } from '../kernel-report.js';
import type { ReceptionTrack } from '../reception-track.js';
import { countedLoss, countedPoint, countedProof } from './counted-loss.js';
import { LatestLatency } from './latest-latency.js';
import { LatestTwo } from './latest-two.js';
import {
  LagRecord,
  ofConnection,
  type SubscriberNow,
  type Watched,
  type WatchedPoint,
  type WatchedResult,
} from './watched.js';

/** A report comes each second: an older one is late. */
const FRESH_US = 3e6;

/** A foreign subscriber that reports what its code has received. */
export class CheckedInWatched implements Watched {
  private readonly _name: string;
  private readonly _latest: () => CheckedIn;
  private readonly _track: ReceptionTrack;
  private readonly _connectionOf: (pid: number) => ConnectionReport | undefined;
  private readonly _lag = new LagRecord();
  private _pointUs = Number.NaN;
  private readonly _latency = new LatestLatency();
  private readonly _reports = new LatestTwo<CheckedIn>(({ reportedUs }) => reportedUs);

  /** @param connectionOf finds the connection of a process */
  constructor(
    name: string,
    latest: () => CheckedIn,
    track: ReceptionTrack,
    connectionOf: (pid: number) => ConnectionReport | undefined,
  ) {
    this._name = name;
    this._latest = latest;
    this._track = track;
    this._connectionOf = connectionOf;
  }

  get isDrained(): boolean {
    return this._track.standing.lag === 0;
  }

  get point(): WatchedPoint {
    return { atUs: this._pointUs, ...countedPoint(this._track.standing) };
  }

  get latencies(): Histogram | undefined {
    return this._latest().latency();
  }

  look(drainS: number | undefined): SubscriberNow {
    const report = this._latest();
    this._reports.note(report);
    // A report is some time old when it is looked at: what was sent since is no lag, unless the reports have stopped.
    const nowUs = systemClock.unixUs();
    const isFresh = nowUs - report.reportedUs < FRESH_US && drainS === undefined;
    this._pointUs = isFresh ? report.reportedUs : nowUs;
    const { received, lag, lagS, lost } = this._track.update(report, this._pointUs);
    this._lag.note(lag, lagS, drainS);
    return {
      pid: this._latest().pid ?? null,
      ...{ name: this._name, kind: 'foreign', received, lag, lost, p99Us: null },
      receivedPerS: this._reports.receivedPerS,
      backedUpShare: this._connection()?.backedUpShare ?? null,
    };
  }

  latencyBuckets(boundsNs: readonly number[]): Buckets | undefined {
    const latency = this._latest().latency();
    return latency === undefined ? undefined : bucketsOf([latency], boundsNs);
  }

  result(): WatchedResult {
    const { standing } = this._track;
    const report = this._latest();
    const connection = this._connection();
    const lost = report.restarts > 0 ? null : countedLoss(standing, connection);
    return {
      ...{
        name: this._name,
        kind: 'foreign',
        proof: 'check-in',
        proves: proofOf(report, countedProof(standing, lost)),
      },
      ...{
        ...ofConnection(connection),
        wanted: standing.wanted,
        received: standing.received,
        lost,
        lostNumbers: null,
      },
      ...{ duplicated: standing.duplicated, reordered: standing.reordered, endLag: standing.lag },
      ...this._lag.figures,
      latency: this._latency.of(report, () => report.latency()),
      receivedPerS: this._reports.receivedPerS,
      hasGone: connection?.ended ?? false,
    };
  }

  private _connection(): ConnectionReport | undefined {
    const { pid } = this._latest();
    return pid === undefined ? undefined : this._connectionOf(pid);
  }
}

function proofOf({ restarts, clock }: CheckedIn, counted: string): string {
  const told =
    restarts === 0 ? `by its own account, ${counted}` : 'it was started again: what it lost is not known';
  const error =
    clock === undefined ? '' : `; its latency is known to ${(clock.errorUs / 1000).toPrecision(2)}ms`;
  return `${told}${error}; events before its first one are not counted`;
}
