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
  /** Of random service times. Whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** The clock of the load test, by which receipts are told. Default: the system's. */
  readonly clock?: Clock;
  /** Called with each report, some four a second from each subscriber. */
  readonly onReport?: (member: FleetMember, report: SubscriberReport) => void;
  /** Called when a member has another state. */
  readonly onState?: (member: FleetMember) => void;
  /** Called with sentences about connections. */
  readonly onNotice?: (notice: string) => void;
  /** Ends the subscribers at once, without their last reports, when it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * - `waiting`: it joins later
 * - `starting`: its process is started, or connects
 * - `receiving`: it is connected
 * - `left`: it has ended, as planned
 * - `failed`: it did not start, or ended by itself
 */
export type MemberState = 'waiting' | 'starting' | 'receiving' | 'left' | 'failed';

/** A subscriber of a fleet. */
export interface FleetMember {
  readonly name: string;
  readonly spec: SubscriberSpec;
  readonly state: MemberState;
  /** Undefined before it is connected. */
  readonly process: SubscriberProcess | undefined;
  /** Why it failed. */
  readonly failure: string | undefined;
  /** Its last report, once it has left; undefined before, and if none came in time. */
  readonly lastReport: SubscriberReport | undefined;
}

/** Processes that start at the same time: each takes a tenth of a second of a core. */
const STARTS_AT_ONCE = 8;

/** The subscribers that a load test starts: some before the load, some later, and some that end before it does. */
export class SubscriberFleet {
  private readonly _members: readonly Member[];
  private readonly _options: FleetOptions;
  private readonly _anchor: ClockAnchor;
  private readonly _killed = new AbortController();
  private readonly _timers = new Set<NodeJS.Timeout>();
  private readonly _forgetSignal: () => void;
  private _isEnding = false;

  /**
   * Starts the subscribers that are there from the beginning, and resolves when all of these are connected.
   *
   * @throws TcsReplayError `WORKER_FAILED`, `SOCKET_FAILED` if one is not connected; none is left running then. The reason
   * of `signal` if it is aborted
   */
  static async start(options: FleetOptions): Promise<SubscriberFleet> {
    options.signal?.throwIfAborted();
    const fleet = new SubscriberFleet(options);
    try {
      await fleet._startFirst();
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
      if (joinS > 0) this._after(joinS, () => this._join(member));
      if (leaveS < Number.POSITIVE_INFINITY) this._after(leaveS, () => void this._leave(member));
    }
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
    // Those that were still about to connect: they have received nothing.
    await this.kill();
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

  private async _startFirst(): Promise<void> {
    const first = this._members.filter(({ spec }) => spec.joinS === 0);
    const waiting = first.values();
    const startNext = async () => {
      for (const member of waiting) {
        this._start(member);
        await member.started;
        if (member.error !== undefined) throw member.error;
      }
    };
    await Promise.all(Array.from({ length: STARTS_AT_ONCE }, startNext));
  }

  private _join(member: Member): void {
    this._start(member);
    void member.started?.then(() => {
      if (member.failure !== undefined) this._options.onNotice?.(member.failure);
    });
  }

  private async _leave(member: Member): Promise<void> {
    await member.started;
    await member.process?.end();
  }

  private _start(member: Member): void {
    if (!this._isEnding) member.started = this._connect(member);
  }

  /** It never rejects: the member has the error. */
  private async _connect(member: Member): Promise<void> {
    const { name, spec } = member;
    const { connect, curve, seed, onReport, onNotice } = this._options;
    const { topics, service, highWaterMark } = spec;
    this._change(member, 'starting');
    try {
      member.process = await SubscriberProcess.start(
        { name, connect, curve, topics, service, seed, highWaterMark },
        {
          anchor: this._anchor,
          onReport: (report) => onReport?.(member, report),
          onNotice: (notice) => onNotice?.(`Subscriber ${name}: ${notice}`),
          signal: this._killed.signal,
        },
      );
    } catch (error) {
      member.error = error;
      member.failure = messageOf(error);
      this._change(member, 'failed');
      return;
    }
    this._change(member, 'receiving');
    void member.process.exited.then((exit) => this._ended(member, exit));
  }

  private _ended(member: Member, { isExpected, reason }: SubscriberExit): void {
    if (!isExpected) member.failure = reason;
    this._change(member, isExpected ? 'left' : 'failed');
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
  /** Settles when its start has succeeded or failed. Undefined before it joins. */
  started: Promise<void> | undefined;

  constructor(name: string, spec: SubscriberSpec) {
    this.name = name;
    this.spec = spec;
  }

  get lastReport(): SubscriberReport | undefined {
    return this.process?.lastReport;
  }
}
