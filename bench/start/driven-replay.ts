import { performance } from 'node:perf_hooks';
import { Request, Subscriber } from 'zeromq';
import { ask, type ControlCommand } from '../../src/control/control-client.js';
import type { ControlReply } from '../../src/control/control-desk.js';
import { freePort } from '../../test/support/peer.js';
import { type MeasuredOutcome, runMeasured } from '../measured-program.js';
import { SEQUENCE_KEY } from '../night.js';

/** The program to start. */
export interface DrivenOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Longest time for a sent event to arrive, and for a command to be answered. */
const ANSWER_TIMEOUT_MS = 10_000;
/** The subscriber binds to a free port before the replay starts. */
const ANY_PORT = 'tcp://127.0.0.1:*';

/**
 * A replay in a process of its own, driven through its control socket. Its events arrive in this process.
 *
 * The subscriber binds and the replay connects. A subscriber that connects retries at intervals, and that
 * delay would be measured too.
 */
export class DrivenReplay {
  /** Seconds from the start of the process to the arrival of its first event; NaN before. */
  firstEventS = Number.NaN;
  /** How the process ended; rejects if it did not end in time. */
  readonly outcome: Promise<MeasuredOutcome>;
  private readonly _subscriber: Subscriber;
  private readonly _control = new Request({ receiveTimeout: ANSWER_TIMEOUT_MS, linger: 0 });
  private readonly _controlUrl: string;
  private readonly _startedMs: number;
  private readonly _end: Promise<never>;
  private _isOver = false;

  private constructor(subscriber: Subscriber, controlUrl: string, options: DrivenOptions) {
    const { command, args, env, timeoutMs } = options;
    const url = subscriber.lastEndpoint as string;
    this._subscriber = subscriber;
    this._controlUrl = controlUrl;
    this._startedMs = performance.now();
    this.outcome = runMeasured(
      command,
      [...args, '--connect', url, '--wait-setup', '0', '--wait-subscribers', '1', '--control', controlUrl],
      { env, timeoutMs },
    );
    this._end = this.outcome.then(({ code, signal, stderr }) => {
      throw new Error(`the program ended with ${code ?? signal} before its time: ${stderr.trim()}`);
    });
    // An end at a time when nothing is awaited is not an error.
    this._end.catch(() => {
      this._isOver = true;
    });
  }

  /** Binds the subscriber and starts the replay. */
  static async start(options: DrivenOptions): Promise<DrivenReplay> {
    const subscriber = new Subscriber({ receiveHighWaterMark: 0, linger: 0 });
    await subscriber.bind(ANY_PORT);
    subscriber.subscribe();
    return new DrivenReplay(subscriber, `tcp://127.0.0.1:${await freePort()}`, options);
  }

  /** Waits for the first event. Commands can be given afterwards. @returns the event's number */
  async firstEvent(): Promise<number> {
    const number = await this._nextNumber();
    this.firstEventS = (performance.now() - this._startedMs) / 1000;
    this._subscriber.receiveTimeout = ANSWER_TIMEOUT_MS;
    this._control.connect(this._controlUrl);
    return number;
  }

  /** Sends a command and waits for its reply. @throws Error if the replay refuses it */
  async command(command: ControlCommand): Promise<void> {
    await this._control.send(JSON.stringify(command));
    const [answer] = await this._orEnd(this._control.receive());
    const reply = JSON.parse(answer.toString()) as ControlReply;
    if (!reply.ok) throw new Error(`the replay refused ${command.command}: ${reply.error.message}`);
  }

  /** Sends the next event and waits for it. @returns the event's number */
  async step(): Promise<number> {
    await this.command({ command: 'step' });
    return this._nextNumber();
  }

  /** Makes the replay quit if it still runs and answers; otherwise its time-out kills it. */
  async giveUp(): Promise<void> {
    if (this._isOver) return;
    // On a socket of its own: the other one may still expect a reply.
    const quit = ask({ command: 'quit' }, { url: this._controlUrl, timeoutMs: ANSWER_TIMEOUT_MS });
    await Promise.race([quit, this._end]).catch(() => {});
  }

  /** Closes the sockets. Call it after the replay was told to quit, or has failed. */
  close(): void {
    this._subscriber.close();
    this._control.close();
  }

  private async _nextNumber(): Promise<number> {
    const frames = await this._orEnd(this._subscriber.receive());
    const event = JSON.parse(frames[frames.length - 1].toString()) as Record<string, unknown>;
    return Number(event[SEQUENCE_KEY]);
  }

  private _orEnd<T>(awaited: Promise<T>): Promise<T> {
    return Promise.race([awaited, this._end]);
  }
}
