import type { Buckets } from '../../measure/buckets.js';
import type { StagePlan } from '../../pacing/stage-plan.js';
import { systemClock } from '../../shared/clock.js';
import type { NamedEndpoint } from '../../zmq/named-endpoint.js';
import type { CheckedIn, CheckIn } from '../check-in.js';
import type { ConnectionReport, KernelReport } from '../kernel-report.js';
import type { LoadReport, SubscriberResult } from '../load-report.js';
import type { ReceptionTrack } from '../reception-track.js';
import { type LoadMoment, Recoveries } from '../recoveries.js';
import type { FleetMember } from '../subscriber/subscriber-fleet.js';
import { CheckedInWatched } from './checked-in-watched.js';
import { ConnectionWatched } from './connection-watched.js';
import { EndpointWatched } from './endpoint-watched.js';
import { OwnWatched } from './own-watched.js';
import type { SubscriberNow, Watched, WatchedResult } from './watched.js';

export interface WatchOptions {
  /** Those that the load test has started. The sentinel is the first one, if there is one. */
  readonly members: readonly FleetMember[];
  readonly hasSentinel: boolean;
  readonly trackOf: (member: FleetMember) => ReceptionTrack;
  readonly endpoints: readonly NamedEndpoint[];
  /** Undefined: foreign subscribers cannot report. */
  readonly checkIn: CheckIn | undefined;
  /** The stages of the load. Undefined: no stages, but trials. */
  readonly plan: StagePlan | undefined;
  /**
   * The track of a foreign subscriber that reports.
   *
   * @param prefixes of its topics; empty: all
   * @param isFromStart whether it was to receive every event; false: from the first one that it received
   */
  readonly foreignTrackOf: (prefixes: readonly string[], isFromStart: boolean) => ReceptionTrack;
}

const PORT = /:(\d+)$/;

/** All subscribers of a load test, each by what tells most of it. Those that come later stand after the others. */
export class SubscriberWatch {
  private readonly _options: WatchOptions;
  private readonly _all: Watched[] = [];
  private readonly _recoveries = new Map<Watched, Recoveries>();
  private readonly _own: readonly OwnWatched[];
  private readonly _endpointPorts: ReadonlySet<string>;
  private readonly _checkedIn = new Set<string>();
  /** By the two addresses of the connection. */
  private readonly _connections = new Map<string, ConnectionWatched>();
  private _kernel: readonly ConnectionReport[] = [];
  private _seenUs = Number.NaN;
  private _looks = { looks: 0, looksMs: 0 };

  constructor(options: WatchOptions) {
    const { members, hasSentinel, trackOf, endpoints } = options;
    this._options = options;
    const connectionOf = (pid: number) => this._connectionOf(pid);
    this._own = members.map((member, i) => {
      const kind = hasSentinel && i === 0 ? 'sentinel' : 'own';
      return new OwnWatched(member, kind, trackOf(member), connectionOf);
    });
    const ofEndpoints = endpoints.map((endpoint) => {
      const port = PORT.exec(endpoint.address)?.[1];
      return new EndpointWatched(
        endpoint,
        () => this._kernel.find(({ local }) => PORT.exec(local)?.[1] === port),
        () => this._seenUs,
      );
    });
    this._all.push(...this._own, ...ofEndpoints);
    this._endpointPorts = new Set(endpoints.map(({ address }) => PORT.exec(address)?.[1] ?? ''));
  }

  /** Takes what the kernel tells about the connections. */
  see({ connections, looks, looksMs }: KernelReport): void {
    this._looks = { looks, looksMs };
    this._kernel = connections;
    this._seenUs = systemClock.unixUs();
    const reports = [...(this._options.checkIn?.subscribers.values() ?? [])];
    const pids = new Set(reports.flatMap(({ pid }) => pid ?? []));
    const addresses = new Set(reports.flatMap((report) => report.addresses));
    for (const connection of connections) {
      const isOther = connection.isOwn || this._endpointPorts.has(PORT.exec(connection.local)?.[1] ?? '');
      const hasReported =
        (connection.pid !== null && pids.has(connection.pid)) || addresses.has(connection.peer);
      if (isOther || hasReported) continue;
      const key = `${connection.local} ${connection.peer}`;
      const known = this._connections.get(key);
      if (known !== undefined) known.connection = connection;
      else {
        const watched = new ConnectionWatched(connection, () => this._seenUs);
        this._connections.set(key, watched);
        this._all.push(watched);
      }
    }
  }

  /** Takes the latest reports. @param drainS seconds since the load ended; undefined: it has not */
  look(drainS?: number): SubscriberNow[] {
    this._findCheckedIn();
    return this._all.map((watched) => watched.look(drainS));
  }

  /** All, in the order of `look`. */
  get all(): readonly Watched[] {
    return this._all;
  }

  /** Takes how far behind each was, from the last `look`. */
  noteLags(points: readonly SubscriberNow[], moment: LoadMoment): void {
    const { plan } = this._options;
    if (plan === undefined) return;
    for (const [i, watched] of this._all.entries()) {
      const recoveries = this._recoveries.get(watched) ?? new Recoveries(plan);
      this._recoveries.set(watched, recoveries);
      recoveries.note(points[i]?.lag ?? null, moment);
    }
  }

  /** Whether every subscriber has received all, as far as it is known. */
  get isDrained(): boolean {
    return this._all.every(({ isDrained }) => isDrained);
  }

  /** The sentinel, if there is one. */
  get sentinel(): FleetMember | undefined {
    return this._own.find(({ kind }) => kind === 'sentinel')?.member;
  }

  /** What the instrument took. */
  get cost(): LoadReport['cost'] {
    const sentinel = this._own.find(({ kind }) => kind === 'sentinel');
    return { sentinelCpuShare: sentinel?.cpuShare ?? null, ...this._looks };
  }

  /** The latency of each, in the order of `look`; undefined: not known. */
  *latencies(boundsNs: readonly number[]): Generator<Buckets | undefined> {
    for (const watched of this._all) yield watched.latencyBuckets(boundsNs);
  }

  results(): SubscriberResult[] {
    return this._all.map((watched) => this._withRecoveries(watched.result(), watched));
  }

  /** The recovery from the last stage ends when it has received all. */
  private _withRecoveries(result: WatchedResult, watched: Watched): SubscriberResult {
    const { recoveryS } = result;
    const { plan } = this._options;
    if (recoveryS === null || plan === undefined) return { ...result, recoveries: [] };
    const last = plan.stages.length;
    const fromLast = { stage: last, tookS: Number.isFinite(recoveryS) ? recoveryS : null };
    const recoveries = [...(this._recoveries.get(watched)?.found ?? []), fromLast];
    return {
      ...result,
      recoveryS: Math.max(...recoveries.map(({ tookS }) => tookS ?? Number.POSITIVE_INFINITY)),
      recoveries,
    };
  }

  private _connectionOf(pid: number): ConnectionReport | undefined {
    // After a restart of the publisher a process has another connection.
    return this._kernel.findLast((connection) => connection.pid === pid);
  }

  private _findCheckedIn(): void {
    const { checkIn, foreignTrackOf } = this._options;
    if (checkIn === undefined) return;
    for (const [name, report] of checkIn.subscribers) {
      if (this._checkedIn.has(name)) continue;
      this._checkedIn.add(name);
      const latest = () => checkIn.subscribers.get(name) as CheckedIn;
      const connectionOf = (latest: CheckedIn) => this._kernel.find((each) => isOf(each, latest));
      const agent = checkIn.agents.agentOf(name);
      const isFromStart = agent?.isFromStart ?? false;
      const isMissing = () => agent !== undefined && checkIn.agents.isSilent(agent);
      const track = foreignTrackOf(report.prefixes, isFromStart);
      const watched = new CheckedInWatched({
        ...{ name, latest, track, agent: agent?.name, isFromStart, isMissing, connectionOf },
      });
      const seen = this._all.findIndex(
        (each) => each instanceof ConnectionWatched && isOf(each.connection, report),
      );
      // It was seen by its connection until now.
      if (seen === -1) this._all.push(watched);
      else this._all[seen] = watched;
    }
  }
}

/** Whether a connection is that of a subscriber which reports. */
function isOf({ pid, peer }: ConnectionReport, report: CheckedIn): boolean {
  return (pid !== null && pid === report.pid) || report.addresses.includes(peer);
}
