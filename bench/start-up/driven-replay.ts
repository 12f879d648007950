import { performance } from 'node:perf_hooks';
import { Request, Subscriber } from 'zeromq';
import { ask, type ControlCommand } from '../../src/control/control-client.js';
import type { ControlReply } from '../../src/control/control-server.js';
import { freePort } from '../../test/support/peer.js';
import { type MeasuredOutcome, runMeasured } from '../measured-program.js';
import { SEQUENCE_KEY } from '../night.js';

/** What is started. */
export interface DrivenOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** How long an event that was sent may be under way, and an order may take. */
const ANSWER_TIMEOUT_MS = 10_000;
/** The one that listens for subscribers connects when it likes: this one is there before, and is connected to. */
const ANY_PORT = 'tcp://127.0.0.1:*';

/**
 * A replay in a process of its own that is driven through its control socket, and whose events arrive here.
 *
 * Its subscriber binds and the replay connects: a subscriber that connects tries every so often, and how long that takes
 * would be measured too.
 */
export class DrivenReplay {
  /** From the start of the process until its first event was here; NaN before. */
  firstEventS = Number.NaN;
  /** How the process ended; rejects where it did not in time. */
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
    // Where nobody waits for anything, an end is none too early.
    this._end.catch(() => {
      this._isOver = true;
    });
  }

  /** Starts it. */
  static async start(options: DrivenOptions): Promise<DrivenReplay> {
    const subscriber = new Subscriber({ receiveHighWaterMark: 0, linger: 0 });
    await subscriber.bind(ANY_PORT);
    subscriber.subscribe();
    return new DrivenReplay(subscriber, `tcp://127.0.0.1:${await freePort()}`, options);
  }

  /** @returns the number of the first event, when it is here; then orders can be given */
  async firstEvent(): Promise<number> {
    const number = await this._nextNumber();
    this.firstEventS = (performance.now() - this._startedMs) / 1000;
    this._subscriber.receiveTimeout = ANSWER_TIMEOUT_MS;
    this._control.connect(this._controlUrl);
    return number;
  }

  /** @throws Error where the replay refuses it */
  async order(order: ControlCommand): Promise<void> {
    await this._control.send(JSON.stringify(order));
    const [answer] = await this._orEnd(this._control.receive());
    const reply = JSON.parse(answer.toString()) as ControlReply;
    if (!reply.ok) throw new Error(`the replay refused ${order.command}: ${reply.error.message}`);
  }

  /** Sends the next event. @returns its number, when it is here */
  async step(): Promise<number> {
    await this.order({ command: 'step' });
    return this._nextNumber();
  }

  /** Has it end where it still runs and answers; else it is killed when its time is over. */
  async giveUp(): Promise<void> {
    if (this._isOver) return;
    // On a socket of its own: an answer may be due on the other one.
    const quit = ask({ command: 'quit' }, { url: this._controlUrl, timeoutMs: ANSWER_TIMEOUT_MS });
    await Promise.race([quit, this._end]).catch(() => {});
  }

  /** For when it was told to quit, or has failed. */
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
