import { setImmediate as turn } from 'node:timers/promises';
import { type ControlMessage, ControlSocket } from '../control/control-socket.js';
import type { Histogram } from '../measure/histogram.js';
import { isOfThisMachine } from '../options/control-address.js';
import { type Clock, systemClock } from '../shared/clock.js';
import { messageOf } from '../shared/errors.js';
import { badOption } from '../shared/expect.js';
import { plain } from '../shared/plain-text.js';
import type { ServerKeys } from '../zmq/curve/server-keys.js';
import { AgentRoster, type Answer } from './agent-roster.js';
import { type ForeignReport, histogramOf, latencyPercentiles, parseCheckIn } from './check-in-message.js';

export interface CheckInOptions {
  /** Address to bind. Without keys it is one that only this machine reaches. */
  readonly address: string;
  /** Keys of the server, and which clients may report. Default: no encryption. */
  readonly keys?: ServerKeys;
  /** What the user calls the address, for errors. Default: `reportBind`. */
  readonly name?: string;
  /** How often subscribers and agents are asked to report, in milliseconds. Default: 1000. */
  readonly reportIntervalMs?: number;
  /** The clock of the load test. Default: the system's. */
  readonly clock?: Clock;
  /** Called if a report cannot be used, once for each reason, and if the socket fails. */
  readonly onNotice?: (notice: string) => void;
}

/** A foreign subscriber that has reported. */
export interface CheckedIn extends Omit<ForeignReport, 'latency'> {
  /** As it gave it, as plain text. */
  readonly name: string;
  /** When its latest report came, in microseconds since 1970. */
  readonly reportedUs: number;
  /** When it was made, on the clock of the load test; when it came, where it is not known how far the clocks are apart. */
  readonly madeUs: number;
  readonly reports: number;
  /** Reports with fewer events than the one before: it was started again, or another subscriber has the same name. */
  readonly restarts: number;
  /** Latencies by its own account, in nanoseconds, made at each call. Undefined if it does not measure them. */
  latency(): Histogram | undefined;
  /** Percentiles of the same, in nanoseconds, in a fraction of the time. @param percents ascending */
  percentiles(percents: readonly number[]): number[] | undefined;
}

const MOST_SUBSCRIBERS = 1000;
const MOST_NOTICES = 20;

/**
 * The socket at which foreign subscribers, and agents on other machines, report what they have received. `docs/check-in.md` has
 * the protocol, and `docs/examples/` what to put into a subscriber. Whoever reaches it can report, and nothing else.
 */
export class CheckIn {
  readonly agents = new AgentRoster();
  private readonly _socket: ControlSocket;
  private readonly _clock: Clock;
  private readonly _intervalS: number;
  private readonly _onNotice: (notice: string) => void;
  private readonly _subscribers = new Map<string, CheckedIn>();
  private readonly _notices = new Set<string>();
  private _refused = 0;

  /**
   * Binds the socket.
   *
   * @throws TcsReplayError `BAD_OPTION` for an address that other machines reach, without keys; `ADDRESS_IN_USE`,
   * `BAD_ADDRESS`, `SOCKET_FAILED`
   */
  static async open(options: CheckInOptions): Promise<CheckIn> {
    const { address, keys, name = 'reportBind' } = options;
    if (keys === undefined && !isOfThisMachine(address)) {
      throw badOption(
        name,
        'an address that only this machine reaches, such as tcp://127.0.0.1:5558',
        address,
        '; other machines may report with CURVE keys only',
      );
    }
    return new CheckIn(await ControlSocket.open(address, keys), options);
  }

  private constructor(
    socket: ControlSocket,
    { reportIntervalMs = 1000, clock = systemClock, onNotice = () => {} }: CheckInOptions,
  ) {
    this._socket = socket;
    this._intervalS = reportIntervalMs / 1000;
    this._clock = clock;
    this._onNotice = onNotice;
    void this._serve();
  }

  /** The subscribers that have reported, by their names. */
  get subscribers(): ReadonlyMap<string, CheckedIn> {
    return this._subscribers;
  }

  /** Messages that could not be used. */
  get refused(): number {
    return this._refused;
  }

  /** Asks agents that are still there to end, and closes the socket. */
  close(): void {
    this.agents.requestEnd();
    this._socket.close();
  }

  private async _serve(): Promise<void> {
    try {
      for await (const message of this._socket.messages()) {
        this._take(message);
        // One message a turn: they come between events of the load test.
        await turn();
      }
    } catch (error) {
      this._onNotice(`The check-in socket failed, the load test goes on without it: ${messageOf(error)}`);
    }
  }

  private _take(message: ControlMessage): void {
    const receivedUs = this._clock.unixUs();
    try {
      const taken = parseCheckIn(message.frames);
      const answer: Answer = (text) => message.answer(text);
      if (taken.kind === 'report') this._keep(taken.report, receivedUs, answer);
      else if (taken.kind === 'hello') this.agents.hello(taken.hello, answer);
      else if (taken.kind === 'end')
        this.agents.end(taken.end, (name) => this._subscribers.get(name)?.received ?? 0, answer);
      else {
        const [received, answered] = [receivedUs / 1e6, this._clock.unixUs() / 1e6];
        const clock = { sent: taken.sentS, received, answered };
        answer(JSON.stringify({ clock, interval: this._intervalS }));
        if (taken.agent !== undefined) this.agents.heard(taken.agent, answer);
      }
    } catch (error) {
      this._refuse(message, messageOf(error));
    }
  }

  private _keep({ latency, ...report }: ForeignReport, reportedUs: number, answer: Answer): void {
    const name = plain(report.name);
    const agent = this.agents.agentOf(name);
    if (agent !== undefined) this.agents.heard(agent.name, answer);
    const before = this._subscribers.get(name);
    if (before === undefined && this._subscribers.size >= MOST_SUBSCRIBERS) {
      throw new Error(`Expected at most ${MOST_SUBSCRIBERS} names of subscribers, got another one`);
    }
    const { clock, sentAtUs } = report;
    const hasRestarted = before !== undefined && report.received < before.received;
    this._subscribers.set(name, {
      ...report,
      name,
      reportedUs,
      madeUs: clock === undefined ? reportedUs : Math.min(reportedUs, sentAtUs + clock.offsetUs),
      reports: (before?.reports ?? 0) + 1,
      restarts: (before?.restarts ?? 0) + (hasRestarted ? 1 : 0),
      latency: () => (latency === undefined ? undefined : histogramOf(latency)),
      percentiles: (percents) => (latency === undefined ? undefined : latencyPercentiles(latency, percents)),
    });
  }

  private _refuse(message: ControlMessage, error: string): void {
    this._refused += 1;
    message.answer(JSON.stringify({ error }));
    if (this._notices.has(error) || this._notices.size >= MOST_NOTICES) return;
    this._notices.add(error);
    this._onNotice(`Passed over a check-in: ${plain(error)}`);
  }
}
