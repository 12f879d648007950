import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../../shared/clock.js';
import { messageOf } from '../../shared/errors.js';
import type { CurveClientOptions } from '../../zmq/curve/client-keys.js';
import { anchorOf } from './anchored-clock.js';
import type { ClockAnchor, SubscriberReport } from './subscriber-messages.js';
import { type SubscriberExit, SubscriberProcess } from './subscriber-process.js';
import type { SubscriberSpec } from './subscriber-spec.js';

export interface FleetOptions {
  readonly specs: readonly SubscriberSpec[];
  /** Addresses to connect to, as they are reached from this machine: not `tcp://*:5556`. */
  readonly connect: readonly string[];
  /** Keys for a CURVE server. Default: no encryption. */
  readonly curve?: CurveClientOptions;
  /** A further prefix for each subscriber, by its name. Default: none. */
  readonly markOf?: (name: string) => string;
  /** Of random service times. Whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Time between two reports of each subscriber, in milliseconds. Default: 250. */
  readonly reportIntervalMs?: number;
  /** The clock of the load test, by which receipts are told. Default: the system's. */
  readonly clock?: Clock;
  /** Whether reports have the latencies of intervals, for a log. Default false. */
  readonly isLogged?: boolean;
  /** Called with each report. */
  readonly onReport?: (member: FleetMember, report: SubscriberReport) => void;
  /** Called when a member has another state. */
  readonly onState?: (member: FleetMember) => void;
  /** Called with sentences about connections. */
  readonly onNotice?: (notice: string) => void;
  /** Ends the subscribers at once, without their last reports, when it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * - `waiting`: its process is started, and connects later
 * - `starting`: its process connects
 * - `receiving`: it is connected
 * - `left`: it has ended, as planned
 * - `failed`: it did not start or connect, or ended by itself
 *
 * One that has not joined or connected when the load test ends stays as it is.
 */
export type MemberState = 'waiting' | 'starting' | 'receiving' | 'left' | 'failed';

/** A subscriber of a fleet. */
export interface FleetMember {
  readonly name: string;
  readonly spec: SubscriberSpec;
  readonly state: MemberState;
  /** Undefined before its code is loaded. */
  readonly process: SubscriberProcess | undefined;
  /** Why it failed. */
  readonly failure: string | undefined;
  /** Its last report, once it has left; undefined before, and if none came in time. */
  readonly lastReport: SubscriberReport | undefined;
}

/** Processes that start at the same time: each takes a tenth of a second of a core. */
const STARTS_AT_ONCE = 8;
const DEFAULT_REPORT_INTERVAL_MS = 250;

/**
 * The subscribers that a load test starts. All processes are started before the load: to start one during it would hold up
 * this process. Some connect before the load and some later, and some end before it does.
 */
export class SubscriberFleet {
  private readonly _members: readonly Member[];
  private readonly _options: FleetOptions;
  private _anchor: ClockAnchor;
  private readonly _killed = new AbortController();
  private readonly _timers = new Set<NodeJS.Timeout>();
  private readonly _forgetSignal: () => void;
  private _isEnding = false;

  /**
   * Starts the subscribers, and resolves when all that are there from the beginning are connected.
   *
   * @throws TcsReplayError `WORKER_FAILED`, `SOCKET_FAILED` if one is not connected; none is left running then. The reason
   * of `signal` if it is aborted
   */
  static async start(options: FleetOptions): Promise<SubscriberFleet> {
    options.signal?.throwIfAborted();
    const fleet = new SubscriberFleet(options);
    try {
      await fleet._startAll();
      options.signal?.throwIfAborted();
      return fleet;
    } catch (error) {
      await fleet.kill();
      options.signal?.throwIfAborted();
      throw error;
    }
  }

  private constructor(options: FleetOptions) {
    this._options = options;
    this._anchor = anchorOf(options.clock ?? systemClock);
    this._members = options.specs.flatMap((spec) => spec.names.map((name) => new Member(name, spec)));
    setMaxListeners(Number.POSITIVE_INFINITY, this._killed.signal);
    const kill = () => void this.kill();
    options.signal?.addEventListener('abort', kill);
    this._forgetSignal = () => options.signal?.removeEventListener('abort', kill);
  }

  /** All subscribers, in the order of the specs, those included that have not joined yet or have left. */
  get members(): readonly FleetMember[] {
    return this._members;
  }

  /** Call it when the load begins: `joinS` and `leaveS` count from now. */
  beginLoad(): void {
    for (const member of this._members) {
      const { joinS, leaveS } = member.spec;
      if (joinS > 0) this._after(joinS, () => void this._join(member));
      if (leaveS < Number.POSITIVE_INFINITY) this._after(leaveS, () => void this._leave(member));
    }
  }

  /** Tells all how their clocks go on. */
  anchorAt(anchor: ClockAnchor): void {
    this._anchor = anchor;
    for (const { process } of this._members) process?.anchorAt(anchor);
  }

  /**
   * Asks all for a report with histograms as of now, and resolves when each has sent it, or has not done so for two seconds.
   */
  async requestReports(): Promise<void> {
    await Promise.all(this._members.map(({ process }) => process?.requestReport()));
  }

  /** Ends all subscribers, with their last reports. None joins any more. Can be called again. */
  async end(): Promise<void> {
    this._stopTimers();
    await Promise.all(this._members.map(({ process }) => process?.end()));
  }

  /** Ends all subscribers at once, without last reports. Resolves when no process is left. */
  async kill(): Promise<void> {
    this._stopTimers();
    this._killed.abort();
    await Promise.all(this._members.map(({ started }) => started));
    await Promise.all(this._members.map(({ process }) => process?.exited));
  }

  private _stopTimers(): void {
    this._isEnding = true;
    this._forgetSignal();
    for (const timer of this._timers) clearTimeout(timer);
    this._timers.clear();
  }

  private _after(delayS: number, act: () => void): void {
    const timer = setTimeout(() => {
      this._timers.delete(timer);
      act();
    }, 1000 * delayS);
    this._timers.add(timer);
  }

  private async _startAll(): Promise<void> {
    const waiting = this._members.values();
    const startNext = async () => {
      for (const member of waiting) {
        member.started = this._start(member);
        await member.started;
        if (member.error !== undefined) throw member.error;
      }
    };
    await Promise.all(Array.from({ length: STARTS_AT_ONCE }, startNext));
  }

  /** It never rejects: the member has the error. */
  private async _start(member: Member): Promise<void> {
    if (this._isEnding) return;
    const { name, spec } = member;
    const { connect, curve, markOf, seed, isLogged = false, onReport, onNotice } = this._options;
    const { reportIntervalMs = DEFAULT_REPORT_INTERVAL_MS } = this._options;
    const { topics, service, highWaterMark } = spec;
    try {
      member.process = await SubscriberProcess.start(
        {
          name,
          connect,
          curve,
          topics,
          service,
          seed,
          highWaterMark,
          reportIntervalMs,
          isLogged,
          mark: markOf?.(name),
        },
        {
          anchor: this._anchor,
          onReport: (report) => onReport?.(member, report),
          onNotice: (notice) => onNotice?.(`Subscriber ${name}: ${notice}`),
          signal: this._killed.signal,
        },
      );
    } catch (error) {
      this._fail(member, error);
      return;
    }
    void member.process.exited.then((exit) => this._ended(member, exit));
    if (spec.joinS === 0) await this._connect(member);
  }

  private async _join(member: Member): Promise<void> {
    if (member.process?.exit !== undefined) return;
    member.started = this._connect(member);
    await member.started;
    if (member.error !== undefined) this._options.onNotice?.(messageOf(member.error));
  }

  private async _leave(member: Member): Promise<void> {
    await member.started;
    await member.process?.end();
  }

  /** It never rejects: the member has the error. */
  private async _connect(member: Member): Promise<void> {
    this._change(member, 'starting');
    try {
      await member.process?.connect();
      this._change(member, 'receiving');
    } catch (error) {
      this._fail(member, error);
    }
  }

  private _fail(member: Member, error: unknown): void {
    if (this._isEnding) return;
    member.error = error;
    member.failure = messageOf(error);
    this._change(member, 'failed');
  }

  private _ended(member: Member, { isExpected, reason }: SubscriberExit): void {
    if (isExpected) {
      if (member.state === 'receiving') this._change(member, 'left');
      return;
    }
    // While it connects, that fails.
    if (member.state !== 'starting') this._fail(member, new Error(reason));
  }

  private _change(member: Member, state: MemberState): void {
    member.state = state;
    this._options.onState?.(member);
  }
}

class Member implements FleetMember {
  readonly name: string;
  readonly spec: SubscriberSpec;
  state: MemberState = 'waiting';
  process: SubscriberProcess | undefined;
  failure: string | undefined;
  /** What its start failed with. */
  error: unknown;
  /** Settles when what begins last has succeeded or failed: its start, or its connection. */
  started: Promise<void> | undefined;

  constructor(name: string, spec: SubscriberSpec) {
    this.name = name;
    this.spec = spec;
  }

  get lastReport(): SubscriberReport | undefined {
    return this.process?.lastReport;
  }
}
