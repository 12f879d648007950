import type { Buckets } from '../../measure/buckets.js';
import type { Histogram } from '../../measure/histogram.js';
import { decodeBuckets, decodeHistogram, decodePercentiles } from '../../measure/histogram-text.js';
import { systemClock } from '../../shared/clock.js';
import type { ConnectionReport } from '../kernel-report.js';
import type { ReceptionTrack } from '../reception-track.js';
import type { FleetMember, MemberState } from '../subscriber/subscriber-fleet.js';
import type { SubscriberReport } from '../subscriber/subscriber-messages.js';
import type { SubscriberKind } from '../subscriber-kind.js';
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

const NOTHING = { received: 0, duplicated: 0, reordered: 0, firstWireUs: null, lastWireUs: null };

const STATES: Readonly<Record<MemberState, SubscriberState>> = {
  waiting: 'joining',
  starting: 'joining',
  receiving: 'receiving',
  left: 'left',
  failed: 'gone',
};

/** A report comes four times a second: an older one is late. */
const FRESH_US = 1e6;

/** A subscriber that the load test has started: it reports what it counts. */
export class OwnWatched implements Watched {
  readonly member: FleetMember;
  readonly kind: SubscriberKind;
  readonly proof = 'count';
  readonly agent = undefined;
  private readonly _track: ReceptionTrack;
  private readonly _connectionOf: (pid: number) => ConnectionReport | undefined;
  private readonly _lag = new LagRecord();
  private readonly _latency = new LatestLatency();
  private readonly _reports = new LatestTwo<SubscriberReport>(({ atUnixUs }) => atUnixUs);
  private _first: SubscriberReport | undefined;
  private _hasLeft = false;
  private _pointUs = Number.NaN;

  /** @param connectionOf finds the connection of a process */
  constructor(
    member: FleetMember,
    kind: SubscriberKind,
    track: ReceptionTrack,
    connectionOf: (pid: number) => ConnectionReport | undefined,
  ) {
    this.member = member;
    this.kind = kind;
    this._track = track;
    this._connectionOf = connectionOf;
  }

  get isDrained(): boolean {
    return this.member.state !== 'receiving' || this._track.standing.lag === 0;
  }

  /** Share of a core that it has taken since it was looked at first; undefined: not known. */
  get cpuShare(): number | undefined {
    const [first, last] = [this._first, this._reports.latest];
    if (first === undefined || last === undefined || last.atUnixUs <= first.atUnixUs) return undefined;
    return (last.cpuUs - first.cpuUs) / (last.atUnixUs - first.atUnixUs);
  }

  get point(): WatchedPoint {
    return { atUs: this._pointUs, ...countedPoint(this._track.standing) };
  }

  get state(): SubscriberState {
    return STATES[this.member.state];
  }

  get mostLag(): number | null {
    return this._lag.figures.mostLag;
  }

  get latencies(): Histogram | undefined {
    const latency = this.member.process?.histograms.latency;
    return latency === undefined ? undefined : decodeHistogram(latency);
  }

  look(drainS: number | undefined): SubscriberNow {
    const { member, _track: track } = this;
    const report = member.lastReport ?? member.process?.latest;
    if (member.state === 'left' && !this._hasLeft && drainS === undefined) {
      this._hasLeft = true;
      track.leave();
    }
    if (report !== undefined) this._reports.note(report);
    this._first ??= report;
    this._pointUs = this._timeOf(report, drainS);
    const { received, lag, lagS, lost } = track.update(report ?? NOTHING, this._pointUs);
    if (member.state === 'receiving') this._lag.note(lag, lagS, drainS);
    return {
      pid: member.process?.pid ?? null,
      ...{ name: member.name, kind: this.kind, received, lag, lost },
      receivedPerS: this._reports.receivedPerS,
      p99Us: report?.recent?.p99Us ?? null,
      backedUpShare: this._connection()?.backedUpShare ?? null,
    };
  }

  latencyPercentiles(percents: readonly number[]): number[] | undefined {
    const latency = this.member.process?.histograms.latency;
    return latency === undefined ? undefined : decodePercentiles(latency, percents);
  }

  latencyBuckets(boundsNs: readonly number[]): Buckets | undefined {
    const latency = this.member.process?.histograms.latency;
    return latency === undefined ? undefined : decodeBuckets(latency, boundsNs);
  }

  result(): WatchedResult {
    const { member, kind } = this;
    const { standing } = this._track;
    const connection = this._connection();
    const lost = countedLoss(standing, connection);
    return {
      ...{ name: member.name, kind, proof: this.proof, proves: countedProof(standing, lost) },
      ...{ ...ofConnection(connection), pid: member.process?.pid ?? null, command: null },
      ...{ wanted: standing.wanted, received: standing.received, lost, lostNumbers: null },
      ...{ duplicated: standing.duplicated, reordered: standing.reordered, endLag: standing.lag },
      ...this._lag.figures,
      latency: this._latency.of(member.process?.histograms.latency, () => this.latencies),
      receivedPerS: this._meanRate(),
      hasGone: member.state === 'failed',
    };
  }

  /** What was sent since a report is no lag, unless the reports have stopped. */
  private _timeOf(report: SubscriberReport | undefined, drainS: number | undefined): number {
    const nowUs = systemClock.unixUs();
    const isFresh = report !== undefined && nowUs - report.atUnixUs < FRESH_US;
    return isFresh && drainS === undefined ? report.atUnixUs : nowUs;
  }

  private _connection(): ConnectionReport | undefined {
    const pid = this.member.process?.pid;
    return pid === undefined ? undefined : this._connectionOf(pid);
  }

  /** From the first event to the last one that was received. */
  private _meanRate(): number | null {
    const { firstWireUs, lastWireUs, received } = this._reports.latest ?? NOTHING;
    if (firstWireUs === null || lastWireUs === null || lastWireUs === firstWireUs) return null;
    return (1e6 * (received - 1)) / (lastWireUs - firstWireUs);
  }
}
