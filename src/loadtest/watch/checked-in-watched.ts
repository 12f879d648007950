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
  type SubscriberState,
  type Watched,
  type WatchedPoint,
  type WatchedResult,
} from './watched.js';

/** A report comes each second: an older one is late. */
const FRESH_US = 3e6;

export interface CheckedInOptions {
  readonly name: string;
  /** Its latest report. */
  readonly latest: () => CheckedIn;
  readonly track: ReceptionTrack;
  /** Its agent; undefined: it has none. */
  readonly agent: string | undefined;
  /** Whether it was to receive every event; false: from the first one that it received. */
  readonly isFromStart: boolean;
  /** Whether nothing more is expected, since its agent is missing. */
  readonly isMissing: () => boolean;
  /** Finds its connection. */
  readonly connectionOf: (report: CheckedIn) => ConnectionReport | undefined;
}

/** A foreign subscriber, or one of an agent, that reports what its code has received. */
export class CheckedInWatched implements Watched {
  readonly proof = 'check-in';
  private readonly _options: CheckedInOptions;
  private readonly _track: ReceptionTrack;
  private readonly _lag = new LagRecord();
  private _pointUs = Number.NaN;
  private readonly _latency = new LatestLatency();
  private readonly _reports = new LatestTwo<CheckedIn>(({ madeUs }) => madeUs);

  constructor(options: CheckedInOptions) {
    this._options = options;
    this._track = options.track;
  }

  get isDrained(): boolean {
    return this._track.standing.lag === 0 || this._options.isMissing();
  }

  get agent(): string | undefined {
    return this._options.agent;
  }

  get state(): SubscriberState {
    const report = this._options.latest();
    if (report.hasGone || this._connection()?.ended === true) return 'gone';
    const isSilent = systemClock.unixUs() - report.reportedUs >= FRESH_US;
    return isSilent || this._options.isMissing() ? 'silent' : 'receiving';
  }

  get mostLag(): number | null {
    return this._lag.figures.mostLag;
  }

  get point(): WatchedPoint {
    return { atUs: this._pointUs, ...countedPoint(this._track.standing) };
  }

  get latencies(): Histogram | undefined {
    return this._options.latest().latency();
  }

  look(drainS: number | undefined): SubscriberNow {
    const report = this._options.latest();
    this._reports.note(report);
    // A report is some time old when it is looked at: what was sent since is no lag, unless the reports have stopped.
    const nowUs = systemClock.unixUs();
    const isFresh = nowUs - report.reportedUs < FRESH_US && drainS === undefined;
    this._pointUs = isFresh ? report.madeUs : nowUs;
    const { received, lag, lagS, lost } = this._track.update(report, this._pointUs);
    this._lag.note(lag, lagS, drainS);
    return {
      pid: report.pid ?? null,
      ...{ name: this._options.name, kind: 'foreign', received, lag, lost, p99Us: null },
      receivedPerS: this._reports.receivedPerS,
      backedUpShare: this._connection()?.backedUpShare ?? null,
    };
  }

  latencyPercentiles(percents: readonly number[]): number[] | undefined {
    return this._options.latest().percentiles(percents);
  }

  latencyBuckets(boundsNs: readonly number[]): Buckets | undefined {
    const latency = this._options.latest().latency();
    return latency === undefined ? undefined : bucketsOf([latency], boundsNs);
  }

  result(): WatchedResult {
    const { standing } = this._track;
    const report = this._options.latest();
    const connection = this._connection();
    const isMissing = this._options.isMissing();
    const lost = isMissing || report.restarts > 0 ? null : countedLoss(standing, connection);
    return {
      ...{
        name: this._options.name,
        kind: 'foreign',
        proof: this.proof,
        proves: isMissing
          ? 'its agent is missing: what it received after its last report is not known'
          : proofOf(report, countedProof(standing, lost), this._options.isFromStart),
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
      latency: this._latency.of(report, () => report.latency(), report.clock?.errorUs),
      receivedPerS: this._reports.receivedPerS,
      hasGone: isMissing || report.hasGone || (connection?.ended ?? false),
    };
  }

  private _connection(): ConnectionReport | undefined {
    return this._options.connectionOf(this._options.latest());
  }
}

function proofOf({ restarts, clock }: CheckedIn, counted: string, isFromStart: boolean): string {
  const told =
    restarts === 0 ? `by its own account, ${counted}` : 'it was started again: what it lost is not known';
  const error =
    clock === undefined ? '' : `; its latency is known to ${(clock.errorUs / 1000).toPrecision(2)}ms`;
  return `${told}${error}${isFromStart ? '' : '; events before its first one are not counted'}`;
}
