import { randomBytes } from 'node:crypto';
import { availableParallelism, hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ReportClient } from '../../control/report-client.js';
import { localAddresses } from '../../kernel/open-sockets.js';
import { decodeHistogram } from '../../measure/histogram-text.js';
import { isOfThisMachine } from '../../options/control-address.js';
import { literalPrefix } from '../../selection/topic-pattern.js';
import { systemClock } from '../../shared/clock.js';
import { TcsReplayError } from '../../shared/errors.js';
import type { NameOf } from '../../shared/expect.js';
import { plain } from '../../shared/plain-text.js';
import { anySpan, counted } from '../../shared/text.js';
import { agentMark } from '../agent-mark.js';
import type { Latency } from '../load-report.js';
import { AnchoredClock, anchorOf } from '../subscriber/anchored-clock.js';
import { startFleet } from '../subscriber/start-fleet.js';
import type { FleetMember, SubscriberFleet } from '../subscriber/subscriber-fleet.js';
import type { SubscriberReport } from '../subscriber/subscriber-messages.js';
import { subscriberNames } from '../subscriber/subscriber-name.js';
import { latencyOf } from '../watch/latency-of.js';
import { type AgentOptions, type ResolvedAgent, resolveAgent } from './agent-options.js';
import { ClockOffset } from './clock-offset.js';

export type { AgentOptions };

/** What a subscriber of an agent has received. */
export interface AgentSubscriber {
  readonly name: string;
  readonly received: number;
  readonly bytes: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** From when an event was due until it was received; null: none came. */
  readonly latency: Latency | null;
}

/** How an agent has ended. */
export interface AgentOutcome {
  readonly name: string;
  readonly host: string;
  /** `load-test`: it was told to; `signal`: it was stopped before. */
  readonly endedBy: 'load-test' | 'signal';
  /** Error of the clock's difference to that of the load test, in microseconds. */
  readonly clockErrorUs: number;
  readonly subscribers: readonly AgentSubscriber[];
}

/** Time between two reports, unless the load test asks for others. */
const REPORT_MS = 1000;
const SHORTEST_REPORT_MS = 50;
/** Questions for the time before the first subscriber is started: the fastest answer of these is the most exact. */
const FIRST_QUESTIONS = 10;
const FIRST_QUESTION_MS = 50;
/** The clocks of subscribers are set again, and their connections looked at, this often. */
const CLOCK_MS = 10_000;
/** A load test that does not answer for this time has ended. */
const GONE_AFTER_MS = 30_000;
/** How long the load test may take to accept the totals, and time between two tries. */
const [TOTALS_MS, TOTALS_RETRY_MS] = [20_000, 500];
/** Connections of a subscriber that are told. */
const MOST_ADDRESSES = 16;
/** Messages that wait to be sent for each subscriber. */
const QUEUED_FOR_EACH = 4;

/**
 * Runs an agent: subscribers on this machine, each a process of its own, and reports of what they receive to a load test on another
 * one. It waits for the load test to be there, and ends when the load test says so.
 *
 * @param nameOf what the user calls an option, for errors
 * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE`, `BAD_ADDRESS`, `SOCKET_FAILED`, `WORKER_FAILED`; `NO_ANSWER`: the load test
 * has gone
 */
export async function runAgent(
  options: AgentOptions,
  nameOf: NameOf<keyof AgentOptions> = (option) => option,
): Promise<AgentOutcome> {
  const agent = new Agent(resolveAgent(options, nameOf), options);
  return agent.run();
}

class Agent {
  private readonly _plan: ResolvedAgent;
  private readonly _token = randomBytes(8).toString('hex');
  private readonly _names: readonly string[];
  private readonly _onNotice: (notice: string) => void;
  private readonly _clock = new AnchoredClock(anchorOf(systemClock));
  private readonly _offset = new ClockOffset();
  /** Aborted when it is to end; with an error, if one ends it. */
  private readonly _stop = new AbortController();
  /** Aborted when the load test has taken the totals. */
  private readonly _taken = new AbortController();
  private readonly _signal: AbortSignal | undefined;
  private _client: ReportClient | undefined;
  private _fleet: SubscriberFleet | undefined;
  private _endedBy: AgentOutcome['endedBy'] = 'load-test';
  private _isTaken = false;
  private _reportMs = REPORT_MS;
  /** When the load test answered last, on the clock of `performance.now`; undefined: it has not. */
  private _answeredMs: number | undefined;
  /** When clocks were set, and connections looked at, last. */
  private _setMs = Number.NEGATIVE_INFINITY;
  /** Of the connections of each subscriber. */
  private readonly _addresses = new Map<string, readonly string[]>();

  constructor(plan: ResolvedAgent, { onNotice = () => {}, signal }: AgentOptions) {
    this._plan = plan;
    this._names = subscriberNames(plan.name, plan.subscribers);
    this._onNotice = onNotice;
    this._signal = signal;
  }

  async run(): Promise<AgentOutcome> {
    const stopBySignal = () => {
      this._endedBy = 'signal';
      this._stop.abort();
    };
    this._signal?.addEventListener('abort', stopBySignal);
    if (this._signal?.aborted === true) stopBySignal();
    const { reportTo, reportKeys } = this._plan;
    try {
      this._client = await ReportClient.open({
        ...{ url: reportTo, keys: reportKeys, onNotice: this._onNotice },
        highWaterMark: QUEUED_FOR_EACH * (this._names.length + 1),
      });
      void this._takeAnswers(this._client);
      await this._meet();
      this._fleet = await this._startFleet();
      this._onNotice(
        `Agent ${this._plan.name} is connected with ${counted(this._names.length, 'subscriber')}, and reports to ${reportTo}`,
      );
      while (!this._stop.signal.aborted) {
        this._report();
        await this._pause(this._reportMs);
        this._checkAnswered();
      }
      this._throwFailure();
      return await this._end(this._fleet);
    } catch (error) {
      // What was given up since the agent is to end.
      if (!this._stop.signal.aborted) throw error;
      this._throwFailure();
      return this._outcome();
    } finally {
      this._signal?.removeEventListener('abort', stopBySignal);
      await this._fleet?.kill();
      this._client?.close();
    }
  }

  /** Waits until the load test is there, knows this agent, and its time is known here. */
  private async _meet(): Promise<void> {
    while (this._answeredMs === undefined && !this._stop.signal.aborted) {
      this._askForTime();
      await this._pause(FIRST_QUESTION_MS);
    }
    for (let asked = 0; asked < FIRST_QUESTIONS && !this._stop.signal.aborted; asked++) {
      this._askForTime();
      await this._pause(FIRST_QUESTION_MS);
    }
    while (!this._isTaken && !this._stop.signal.aborted) {
      this._sayHello();
      await this._pause(FIRST_QUESTION_MS);
      this._checkAnswered();
    }
    this._stop.signal.throwIfAborted();
    this._setClock();
  }

  private _startFleet(): Promise<SubscriberFleet> {
    const { name, connect, curve, topics, highWaterMark } = this._plan;
    const names = this._names;
    return startFleet({
      specs: [
        {
          ...{ count: names.length, name, names, topics, service: { kind: 'none' } },
          ...{ highWaterMark, joinS: 0, leaveS: Number.POSITIVE_INFINITY },
        },
      ],
      curve,
      connect,
      seed: 1,
      clock: this._clock,
      reportIntervalMs: this._reportMs,
      markOf: (subscriber) => agentMark(this._token, names.indexOf(subscriber)),
      onState: ({ state, failure, name: subscriber }) => {
        if (state === 'failed') this._onNotice(`Subscriber ${subscriber} has ended: ${failure}`);
      },
      onNotice: this._onNotice,
      signal: this._stop.signal,
    });
  }

  /** Asks for the time, and sends the latest report of each subscriber. */
  private _report(): void {
    this._askForTime();
    if (performance.now() - this._setMs >= CLOCK_MS || this._addresses.size === 0) {
      this._setClock();
      this._findAddresses();
    }
    for (const member of this._fleet?.members ?? []) this._reportOf(member);
  }

  private _reportOf(member: FleetMember): void {
    const report = reportOf(member);
    const { process: subscriber, state } = member;
    if (report === undefined) return;
    const estimate = this._estimate();
    const { topics, reportTo } = this._plan;
    this._client?.send({
      report: {
        name: member.name,
        received: report.received,
        first: report.firstWireUs === null ? null : report.firstWireUs / 1e6,
        last: report.lastWireUs === null ? null : report.lastWireUs / 1e6,
        duplicated: report.duplicated,
        reordered: report.reordered,
        latency: subscriber?.histograms.latency ?? null,
        clock: { offset: estimate.offsetUs / 1e6, error: estimate.errorUs / 1e6 },
        topics: topics.map(literalPrefix),
        addresses: this._addresses.get(member.name),
        pid: isOfThisMachine(reportTo) ? subscriber?.pid : undefined,
        gone: state === 'failed',
        // By the clock of this machine. The report has that of the load test.
        sent_at: (report.atUnixUs - estimate.offsetUs) / 1e6,
      },
    });
  }

  private _askForTime(): void {
    this._client?.send({
      clock: systemClock.unixUs() / 1e6,
      agent: this._isTaken ? this._plan.name : undefined,
    });
  }

  private _sayHello(): void {
    const { name: agent, hops } = this._plan;
    const token = this._token;
    const about = { host: hostname(), cores: availableParallelism(), subscribers: this._names.length };
    this._client?.send({ hello: { agent, token, ...about, hops } });
  }

  private async _takeAnswers(client: ReportClient): Promise<void> {
    for await (const answer of client.answers()) this._take(answer);
  }

  /** @param answer anything: it comes from the network */
  private _take(answer: unknown): void {
    if (typeof answer !== 'object' || answer === null) return;
    const { clock, interval, hello, end, error } = answer as Record<string, unknown>;
    this._answeredMs = performance.now();
    if (typeof interval === 'number' && interval > 0)
      this._reportMs = Math.max(SHORTEST_REPORT_MS, Math.min(1000 * interval, REPORT_MS));
    if (clock !== undefined) this._takeTime(clock);
    if (hello !== undefined) this._isTaken = true;
    if (end === true) this._stop.abort();
    else if (end !== undefined) this._taken.abort();
    if (typeof error !== 'string') return;
    const told = `The load test at ${this._plan.reportTo} refuses this agent: ${plain(error)}`;
    this._stop.abort(new TcsReplayError('NO_ANSWER', told));
  }

  private _takeTime(clock: unknown): void {
    const { sent, received, answered } = (clock ?? {}) as Record<string, unknown>;
    if (![sent, received, answered].every((time) => Number.isFinite(time))) return;
    const us = (time: unknown) => 1e6 * (time as number);
    const [sentUs, receivedUs, answeredUs] = [us(sent), us(received), us(answered)];
    this._offset.add({ sentUs, receivedUs, answeredUs, arrivedUs: systemClock.unixUs() });
  }

  private _estimate() {
    return this._offset.at(systemClock.unixUs()) ?? { offsetUs: 0, errorUs: 0 };
  }

  /** Sets the clocks of the subscribers to that of the load test. */
  private _setClock(): void {
    this._setMs = performance.now();
    const { offsetUs } = this._estimate();
    const { steadyUs, unixUs } = anchorOf(systemClock);
    const anchor = { steadyUs, unixUs: unixUs + offsetUs };
    this._clock.anchorAt(anchor);
    this._fleet?.anchorAt(anchor);
  }

  private _findAddresses(): void {
    for (const { name, process: subscriber } of this._fleet?.members ?? [])
      this._addresses.set(name, subscriber?.pid === undefined ? [] : addressesOf(subscriber.pid));
  }

  private _checkAnswered(): void {
    const silentMs = performance.now() - (this._answeredMs ?? 0);
    if (silentMs < GONE_AFTER_MS || this._stop.signal.aborted) return;
    throw new TcsReplayError(
      'NO_ANSWER',
      `The load test at ${this._plan.reportTo} has not answered for ${anySpan(GONE_AFTER_MS / 1000)}: it has ended, or cannot be reached any more`,
    );
  }

  private _throwFailure(): void {
    const { reason } = this._stop.signal;
    if (reason instanceof TcsReplayError) throw reason;
  }

  /** Resolves after a time, or when the agent is to end. */
  private async _pause(timeMs: number): Promise<void> {
    await delay(timeMs, undefined, { signal: this._stop.signal }).catch(() => {});
  }

  /** Ends the subscribers, and sends the last reports and totals until the load test has taken them. */
  private async _end(fleet: SubscriberFleet): Promise<AgentOutcome> {
    await fleet.end();
    const received = fleet.members.reduce((sum, member) => sum + (reportOf(member)?.received ?? 0), 0);
    const { signal } = this._taken;
    const untilMs = performance.now() + TOTALS_MS;
    while (!signal.aborted) {
      if (performance.now() >= untilMs)
        throw new TcsReplayError(
          'NO_ANSWER',
          `The load test at ${this._plan.reportTo} has not taken the totals within ${anySpan(TOTALS_MS / 1000)}`,
        );
      for (const member of fleet.members) this._reportOf(member);
      this._client?.send({ end: { agent: this._plan.name, token: this._token, received } });
      await delay(TOTALS_RETRY_MS, undefined, { signal }).catch(() => {});
    }
    return this._outcome();
  }

  private _outcome(): AgentOutcome {
    const clockErrorUs = this._estimate().errorUs;
    return {
      name: this._plan.name,
      host: hostname(),
      endedBy: this._endedBy,
      clockErrorUs,
      subscribers: (this._fleet?.members ?? []).map((member) => {
        const { received = 0, bytes = 0, duplicated = 0, reordered = 0 } = reportOf(member) ?? {};
        const latency = member.process?.histograms.latency;
        return {
          ...{ name: member.name, received, bytes, duplicated, reordered },
          latency: latencyOf(latency === undefined ? undefined : decodeHistogram(latency), clockErrorUs),
        };
      }),
    };
  }
}

function reportOf(member: FleetMember): SubscriberReport | undefined {
  return member.lastReport ?? member.process?.latest;
}

function addressesOf(pid: number): readonly string[] {
  try {
    return localAddresses(pid).slice(0, MOST_ADDRESSES);
  } catch {
    // Not on Linux.
    return [];
  }
}
