import { decodeHistogram, percentile } from '../measure/histogram.js';
import { percentileSpectrum } from '../measure/percentile-spectrum.js';
import { systemClock } from '../shared/clock.js';
import { count, counted } from '../shared/text.js';
import type { ConnectionReport, KernelReport } from './kernel-report.js';
import type { LoadProgress } from './load-progress.js';
import type { Latency, Proof, SubscriberKind, SubscriberResult } from './load-report.js';
import type { EventRange } from './lost-events.js';
import type { ReceptionTrack } from './reception-track.js';
import type { FleetMember } from './subscriber/subscriber-fleet.js';
import type { SubscriberReport } from './subscriber/subscriber-messages.js';

type SubscriberNow = LoadProgress['subscribers'][number];

export interface WatchOptions {
  /** The sentinel is the first one, if there is one. */
  readonly members: readonly FleetMember[];
  readonly hasSentinel: boolean;
  readonly trackOf: (member: FleetMember) => ReceptionTrack;
}

/** What was the most that a subscriber was behind, and when it had caught up. */
interface Extremes {
  mostLag: number | null;
  mostLagS: number | null;
  recoveryS: number | null;
}

interface OwnEntry extends Extremes {
  readonly member: FleetMember;
  readonly kind: SubscriberKind;
  readonly track: ReceptionTrack;
  /** The report before the latest one: what the rate counts from. */
  before: SubscriberReport | undefined;
  at: SubscriberReport | undefined;
  hasLeft: boolean;
}

interface ForeignEntry extends Extremes {
  connection: ConnectionReport;
}

/** All subscribers of a load test: those that it started report, the others are seen by their connections. */
export class SubscriberWatch {
  private readonly _own: readonly OwnEntry[];
  /** By the two addresses of the connection. */
  private readonly _foreign = new Map<string, ForeignEntry>();
  private _kernel: KernelReport | undefined;

  constructor({ members, hasSentinel, trackOf }: WatchOptions) {
    this._own = members.map((member, i) => ({
      member,
      kind: hasSentinel && i === 0 ? 'sentinel' : 'own',
      track: trackOf(member),
      ...{ before: undefined, at: undefined, hasLeft: false },
      ...{ mostLag: null, mostLagS: null, recoveryS: null },
    }));
  }

  /** Takes what the kernel tells about the connections. @param drainS as for `look` */
  see(report: KernelReport, drainS?: number): void {
    this._kernel = report;
    for (const connection of report.connections) {
      if (connection.isOwn) continue;
      const key = `${connection.local} ${connection.peer}`;
      const entry = this._foreign.get(key) ?? {
        connection,
        ...{ mostLag: null, mostLagS: null, recoveryS: null },
      };
      entry.connection = connection;
      this._foreign.set(key, entry);
      noteLag(entry, connection.lagEvents, connection.lagS, drainS);
    }
  }

  /**
   * Takes the latest reports of the subscribers that were started.
   *
   * @param drainS seconds since the load ended; undefined: it has not
   */
  look(drainS?: number): SubscriberNow[] {
    return [...this._own.map((entry) => this._lookAt(entry, drainS)), ...[...this._foreign.values()].map(foreignNow)];
  }

  /** Whether every subscriber has received all, as far as it is known. */
  get isDrained(): boolean {
    return (
      this._own.every(({ member, track }) => member.state !== 'receiving' || track.standing.lag === 0) &&
      [...this._foreign.values()].every(({ connection }) => connection.ended || (connection.lagBytes ?? 0) === 0)
    );
  }

  /** Events that were received so far by all that were started: while it grows, they catch up. */
  get received(): number {
    return this._own.reduce((sum, { track }) => sum + track.standing.received, 0);
  }

  /** The sentinel, once it is connected. */
  get sentinel(): FleetMember | undefined {
    return this._own.find(({ kind }) => kind === 'sentinel')?.member;
  }

  results(): SubscriberResult[] {
    return [...this._own.map((entry) => this._ownResult(entry)), ...[...this._foreign.values()].map((entry) => this._foreignResult(entry))];
  }

  private _lookAt(entry: OwnEntry, drainS: number | undefined): SubscriberNow {
    const { member, track, kind } = entry;
    const report = member.lastReport ?? member.process?.latest;
    if (member.state === 'left' && !entry.hasLeft && drainS === undefined) {
      entry.hasLeft = true;
      track.leave();
    }
    if (report !== undefined && report.atUnixUs !== entry.at?.atUnixUs) {
      entry.before = entry.at;
      entry.at = report;
    }
    const standing = track.update(report ?? NOTHING, report?.atUnixUs ?? systemClock.unixUs());
    if (member.state === 'receiving') noteLag(entry, standing.lag, standing.lagS, drainS);
    const connection = this._connectionOf(member);
    return {
      ...{ name: member.name, kind, received: standing.received },
      ...{ receivedPerS: rateOf(entry), lag: standing.lag, lost: standing.lost },
      p99Us: report?.recent?.p99Us ?? null,
      backedUpShare: connection?.backedUpShare ?? null,
    };
  }

  private _connectionOf({ process }: FleetMember): ConnectionReport | undefined {
    const pid = process?.pid;
    return pid === undefined ? undefined : this._kernel?.connections.find((each) => each.pid === pid);
  }

  private _ownResult(entry: OwnEntry): SubscriberResult {
    const { member, track, kind, mostLag, mostLagS, recoveryS } = entry;
    const { wanted, received, lost, lag, duplicated, reordered, isExact } = track.standing;
    const connection = this._connectionOf(member);
    // What is missing at the end, with nothing under way any more, is lost.
    const isEmpty = connection?.sendQueueBytes === 0 && connection.peerReceiveQueueBytes === 0;
    const range = isExact ? { least: lost + (isEmpty ? lag : 0), most: lost + lag } : null;
    return {
      ...{ name: member.name, kind, proof: 'count' },
      proves: ownProof(wanted, received, range),
      ...{ peer: connection?.peer ?? null, pid: member.process?.pid ?? null, command: null },
      ...{ wanted, received, lost: range, duplicated, reordered, mostLag, mostLagS, endLag: lag },
      latency: latencyOf(member),
      backedUpShare: connection?.backedUpShareOfRun ?? null,
      recoveryS: recoveryS ?? (mostLag === null ? null : Number.POSITIVE_INFINITY),
      receivedPerS: meanRateOf(entry),
      gaveWay: connection?.gaveWay ?? null,
      hasGone: member.state === 'failed',
    };
  }

  private _foreignResult({ connection, mostLag, mostLagS, recoveryS }: ForeignEntry): SubscriberResult {
    const { peer, pid, command, delivered, lost, sentEvents, ended, gaveWay, since } = connection;
    const proof: Proof = delivered === 'all' || delivered === 'some' ? 'kernel' : 'unknown';
    return {
      ...{ name: command === null ? peer : `${program(command)} ${peer}`, kind: 'foreign', proof },
      proves: foreignProof(connection),
      ...{ peer, pid, command },
      ...{ wanted: since === 'start' ? sentEvents : null, received: null, lost: lost?.events ?? null },
      ...{ duplicated: null, reordered: null, mostLag, mostLagS, endLag: connection.lagEvents },
      latency: null,
      backedUpShare: connection.backedUpShareOfRun,
      recoveryS: recoveryS ?? (mostLag === null ? null : Number.POSITIVE_INFINITY),
      receivedPerS: null,
      gaveWay,
      hasGone: ended,
    };
  }
}

const NOTHING = { received: 0, duplicated: 0, reordered: 0, firstWireUs: null, lastWireUs: null };

function noteLag(entry: Extremes, lag: number | null, lagS: number | null, drainS: number | undefined): void {
  if (lag === null) return;
  entry.mostLag = Math.max(entry.mostLag ?? 0, lag);
  if (lagS !== null && !Number.isNaN(lagS)) entry.mostLagS = Math.max(entry.mostLagS ?? 0, lagS);
  if (drainS !== undefined && lag === 0) entry.recoveryS ??= drainS;
}

function foreignNow({ connection }: ForeignEntry): SubscriberNow {
  const { peer, command, drainEventsPerS, lagEvents, lostAtLeast, lost, backedUpShare } = connection;
  return {
    ...{ name: command === null ? peer : `${program(command)} ${peer}`, kind: 'foreign', received: null },
    ...{ receivedPerS: drainEventsPerS, lag: lagEvents, lost: lost?.events.least ?? lostAtLeast },
    ...{ p99Us: null, backedUpShare },
  };
}

/** `python3` of `/usr/bin/python3 logger.py`. */
function program(command: string): string {
  const [first = ''] = command.split(' ');
  return first.slice(first.lastIndexOf('/') + 1);
}

function rateOf({ before, at }: OwnEntry): number | null {
  if (before === undefined || at === undefined || at.atUnixUs <= before.atUnixUs) return null;
  return (1e6 * (at.received - before.received)) / (at.atUnixUs - before.atUnixUs);
}

/** From the first event to the last one that was received. */
function meanRateOf({ at }: OwnEntry): number | null {
  if (at === undefined || at.firstWireUs === null || at.lastWireUs === null || at.received < 2) return null;
  return at.lastWireUs === at.firstWireUs ? null : (1e6 * (at.received - 1)) / (at.lastWireUs - at.firstWireUs);
}

function latencyOf({ process }: FleetMember): Latency | null {
  const encoded = process?.histograms.latency;
  if (encoded === undefined) return null;
  const histogram = decodeHistogram(encoded);
  if (histogram.totalCount === 0) return null;
  const at = (percent: number) => percentile(histogram, percent) / 1000;
  return {
    ...{ p50Us: at(50), p90Us: at(90), p99Us: at(99), p999Us: at(99.9), p9999Us: at(99.99) },
    ...{ maxUs: histogram.maxValue / 1000, meanUs: histogram.mean / 1000 },
    spectrum: percentileSpectrum(histogram).map(([percent, ns]) => [percent, ns / 1000]),
  };
}

function ownProof(wanted: number, received: number, lost: EventRange | null): string {
  if (lost === null) return 'it was behind by more events than are remembered: what it lost is not known';
  if (lost.most === 0) return `it counted every one of the ${counted(wanted, 'event')} that were sent for it`;
  const exact = `it counted ${count(received)} of the ${counted(wanted, 'event')} that were sent for it`;
  return lost.least === lost.most ? exact : `${exact}; the last ones may still be queued`;
}

function foreignProof({ delivered, lost, sentEvents, reason }: ConnectionReport): string {
  if (delivered === 'all')
    return `its machine has acknowledged every byte of ${sentEvents === null ? 'all events' : counted(sentEvents, 'event')}; what its program has read of them is not known`;
  if (delivered === 'some' && lost !== null) {
    const { least, most } = lost.events;
    const number = least === most ? count(least) : `${count(least)} to ${count(most)}`;
    return `its machine has not acknowledged ${count(lost.bytes)} bytes, which are ${number} events`;
  }
  return reason ?? 'nothing proves what it got';
}
