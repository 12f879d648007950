import { setTimeout as delay } from 'node:timers/promises';
import type { StagePlan } from '../pacing/stage-plan.js';
import { topicMatcher } from '../selection/topic-pattern.js';
import { TcsReplayError } from '../shared/errors.js';
import { counted } from '../shared/text.js';
import { curveClientOptions } from '../zmq/curve/client-keys.js';
import type { NamedEndpoint } from '../zmq/named-endpoint.js';
import type { Publisher } from '../zmq/publisher.js';
import { agentResults } from './agent-results.js';
import type { AgentRoster } from './agent-roster.js';
import { awaitAgents } from './await-agents.js';
import type { KernelLevel } from './kernel-level.js';
import { kernelOf } from './kernel-of.js';
import type { LatencyLog } from './latency-log.js';
import type { LoadTestOptions } from './load-options.js';
import type { LoadReport, SubscriberResult } from './load-report.js';
import { LoadSockets } from './load-sockets.js';
import { ReceptionTrack } from './reception-track.js';
import type { ResolvedLoad } from './resolve-load.js';
import type { SentBytes } from './sent-bytes.js';
import type { SentLog } from './sent-log.js';
import { reachable, startFleet } from './subscriber/start-fleet.js';
import type { SubscriberFleet } from './subscriber/subscriber-fleet.js';
import type { SubscriberSpec } from './subscriber/subscriber-spec.js';
import { SubscriberWatch } from './watch/subscriber-watch.js';

/** How long our own subscribers may take until their subscriptions have arrived. */
const SUBSCRIBED_TIMEOUT_MS = 60_000;
/** Time between two looks for the totals of agents. */
const END_LOOK_MS = 50;
/** Linux puts an acknowledgement off for 40 ms where nothing else is sent. */
const ACKNOWLEDGED_WITHIN_MS = 50;
/** Looks for what is not acknowledged: a subscriber that has stopped is not waited for any longer. */
const MOST_ACKNOWLEDGED_LOOKS = 5;

const SENTINEL: SubscriberSpec = {
  ...{ count: 1, name: 'sentinel', names: ['sentinel'], topics: [], service: { kind: 'none' } },
  // It is to receive what the publisher sends, whatever the machine does meanwhile.
  ...{ highWaterMark: 0, joinS: 0, leaveS: Number.POSITIVE_INFINITY },
};

export interface LoadSubscribersOptions {
  readonly options: Pick<LoadTestOptions, 'curveKeys'>;
  readonly load: ResolvedLoad;
  /** What the user calls the option `reportBind`. */
  readonly reportBindName: string;
  /** Gives what is on the wire, each event when it is sent. Asked when subscribers are there. */
  readonly log: () => SentLog;
  readonly bytes: SentBytes;
  /** Time between two reports of our own subscribers, in milliseconds. */
  readonly reportIntervalMs: number;
  /** The same of those that check in, and of agents. */
  readonly checkInIntervalMs: number;
  /** The stages, where recovery from each is looked at. */
  readonly plan?: StagePlan | undefined;
  readonly onNotice: (notice: string) => void;
}

/** The subscribers of a load test, own and foreign, and all that looks at them. */
export class LoadSubscribers {
  private readonly _options: LoadSubscribersOptions;
  private _sockets: LoadSockets | undefined;
  private _fleet: SubscriberFleet | undefined;
  private _watch: SubscriberWatch | undefined;
  private _kernel: KernelLevel | undefined;
  private _isSampling = false;
  /** Undefined: no histogram log was asked for. */
  private _latencies: LatencyLog | undefined;

  constructor(options: LoadSubscribersOptions) {
    this._options = options;
  }

  /** Writes latencies of all into a log. Call it before `open`. */
  log(latencies: LatencyLog): void {
    this._latencies = latencies;
  }

  /** Empty before `open`. */
  get endpoints(): readonly NamedEndpoint[] {
    return this._sockets?.endpoints ?? [];
  }

  /** Undefined until all are there. */
  get watch(): SubscriberWatch | undefined {
    return this._watch;
  }

  /**
   * Opens the other sockets, starts our own subscribers, and waits until the subscriptions of all have arrived.
   *
   * @throws TcsReplayError `NO_SUBSCRIBERS`, `WORKER_FAILED`, `SOCKET_FAILED`, those of `LoadSockets.open`
   */
  async open(publisher: Publisher, signal: AbortSignal): Promise<void> {
    const { options, load, reportBindName, log, bytes, reportIntervalMs, checkInIntervalMs, plan, onNotice } =
      this._options;
    const { specs, hasSentinel } = load;
    const all = hasSentinel ? [SENTINEL, ...specs] : specs;
    this._sockets = await LoadSockets.open({
      ...{ load, reportBindName, reportIntervalMs: checkInIntervalMs, onNotice, signal },
    });
    await this._awaitAgents(publisher, signal);
    const foreign = publisher.subscribers;
    this._fleet = await startFleet({
      specs: all,
      connect: publisher.addresses.slice(0, 1).map(reachable),
      curve: curveClientOptions({ curveServer: options.curveKeys }),
      seed: load.seed,
      isLogged: this._latencies !== undefined,
      onReport: ({ name }, { interval }) => this._latencies?.add(name, interval),
      ...{ reportIntervalMs, onNotice, signal },
    });
    const own = all.filter(({ joinS }) => joinS === 0).reduce((sum, { count }) => sum + count, 0);
    if (!(await publisher.waitForSubscribers(foreign + own, { timeoutMs: SUBSCRIBED_TIMEOUT_MS, signal })))
      throw new TcsReplayError(
        'NO_SUBSCRIBERS',
        `Expected the subscriptions of ${counted(own, 'subscriber')} of the load test within a minute, found ${publisher.subscribers - foreign}`,
      );
    this._watch = new SubscriberWatch({
      members: this._fleet.members,
      hasSentinel,
      plan,
      trackOf: ({ spec }) => this._trackOf(spec),
      endpoints: this.endpoints,
      checkIn: this._sockets.checkIn,
      foreignTrackOf: (prefixes, isFromStart) =>
        new ReceptionTrack(
          log(),
          prefixes.length === 0 ? undefined : (topic) => prefixes.some((prefix) => topic.startsWith(prefix)),
          isFromStart,
        ),
    });
    this._kernel = kernelOf({
      publisher,
      endpoints: this.endpoints,
      members: this._fleet.members,
      sent: bytes,
      isEncrypted: options.curveKeys !== undefined,
      highWaterMark: load.highWaterMark,
    });
    await this._kernel.baseline();
  }

  private async _awaitAgents(publisher: Publisher, signal: AbortSignal): Promise<void> {
    const { agents: roster } = this;
    if (roster === undefined) return;
    const sockets = [publisher, ...this.endpoints];
    const { load, onNotice } = this._options;
    await awaitAgents({
      ...{ roster, count: load.agents, timeoutS: load.waitTimeoutS, signal, onNotice },
      subscriptions: () => new Set(sockets.flatMap(({ subscriptions }) => [...subscriptions.keys()])),
    });
  }

  /** Undefined: none can report. */
  get agents(): AgentRoster | undefined {
    return this._sockets?.checkIn?.agents;
  }

  /** What a report says of agents. */
  agentResults(results: readonly SubscriberResult[]): Pick<LoadReport, 'agents' | 'hops'> {
    return agentResults(this._sockets?.checkIn, results);
  }

  /** Tells what is new of agents. */
  tellOfAgents(): void {
    for (const notice of this.agents?.takeNotices() ?? []) this._options.onNotice(notice);
  }

  /** The time begins from which own subscribers join and leave. */
  beginLoad(): void {
    this._fleet?.beginLoad();
  }

  /** Looks at the connections, if the look before is over. */
  async sample(): Promise<void> {
    if (this._isSampling || this._kernel === undefined) return;
    this._isSampling = true;
    try {
      this._watch?.see(await this._kernel.sample());
    } finally {
      this._isSampling = false;
    }
  }

  /** Writes what checked-in subscribers have told into the log, if there is one. */
  logCheckedIn(): void {
    this._latencies?.addCheckedIn(this._sockets?.checkIn?.subscribers.values() ?? []);
  }

  /** Asks own subscribers for reports as of now, with histograms. */
  async requestReports(): Promise<void> {
    await this._fleet?.requestReports();
  }

  /** Asks for reports, and looks at the connections, while nothing is sent. */
  async lookClosely(): Promise<void> {
    await this.requestReports();
    if (this._kernel !== undefined) this._watch?.see(await this._kernel.sample());
  }

  /**
   * Takes the last figures of all, and ends own subscribers. The sentinel says whether bytes count: it knows what it
   * received.
   */
  async end(): Promise<void> {
    const { _watch: watch, _kernel: kernel } = this;
    if (watch !== undefined && kernel !== undefined) {
      await untilAcknowledged(kernel);
      const { process } = watch.sentinel ?? {};
      const received = process?.latest?.received;
      if (process?.pid !== undefined && received !== undefined) kernel.calibrate(process.pid, received);
      watch.see(await kernel.final());
    }
    await Promise.all([this._fleet?.end(), this._endAgents()]);
  }

  /** Takes the totals of all agents, but of those that are missing. */
  private async _endAgents(): Promise<void> {
    this.agents?.requestEnd();
    while (this.agents?.isOver === false) await delay(END_LOOK_MS);
  }

  /** What looking took. */
  get cost(): LoadReport['cost'] {
    return this._watch?.cost ?? { sentinelCpuShare: null, looks: 0, looksMs: 0 };
  }

  get results(): SubscriberResult[] {
    return this._watch?.results() ?? [];
  }

  /** Ends all at once. */
  async close(): Promise<void> {
    this._kernel?.close();
    await Promise.all([this._fleet?.kill(), this._sockets?.close()]);
  }

  private _trackOf({ topics, joinS }: SubscriberSpec): ReceptionTrack {
    const isWanted = topics.length === 0 ? undefined : topicMatcher(topics);
    return new ReceptionTrack(this._options.log(), isWanted, joinS === 0);
  }
}

/** Looks at the connections until all that was sent is acknowledged, or a subscriber is too slow for that. */
async function untilAcknowledged(kernel: KernelLevel): Promise<void> {
  for (let looks = 1; looks <= MOST_ACKNOWLEDGED_LOOKS; looks++) {
    await delay(ACKNOWLEDGED_WITHIN_MS);
    const { connections } = await kernel.sample();
    if (connections.every(({ ended, sendQueueBytes }) => ended || sendQueueBytes === 0)) return;
  }
}
