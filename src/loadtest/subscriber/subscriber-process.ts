import { type ChildProcess, fork } from 'node:child_process';
import { bundledFile } from '../../shared/bundled-file.js';
import { TcsReplayError } from '../../shared/errors.js';
import type {
  ClockAnchor,
  FromSubscriber,
  SubscriberPlan,
  SubscriberReport,
  ToSubscriber,
} from './subscriber-messages.js';

export interface SubscriberProcessOptions {
  /** From `anchorOf`: one for all subscribers of a load test. */
  readonly anchor: ClockAnchor;
  /** Longest time until it is loaded, and then until it is connected, in milliseconds. Default: 60,000. */
  readonly startTimeoutMs?: number;
  /** Called with each report. */
  readonly onReport?: (report: SubscriberReport) => void;
  /** Called with sentences about its connections: a publisher that does not answer, or refuses it. */
  readonly onNotice?: (notice: string) => void;
  /** Called once, when the process has ended. */
  readonly onExit?: (exit: SubscriberExit) => void;
  /** Kills the process when it is aborted. */
  readonly signal?: AbortSignal;
}

/** How the process of a subscriber ended. */
export interface SubscriberExit {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether `end` or `kill` had been called. */
  readonly isExpected: boolean;
  /** How it ended, and what is known of why. */
  readonly reason: string;
}

const DEFAULT_START_TIMEOUT_MS = 60_000;
/** Longest wait for a report that was asked for. */
const ANSWER_TIMEOUT_MS = 2000;
/** Longest wait for the end of a process. On a busy machine many end at the same time. */
const END_TIMEOUT_MS = 5000;
const LONGEST_STDERR = 2000;

/** A subscriber of a load test, in a process of its own, which never outlives this one. */
export class SubscriberProcess {
  readonly name: string;
  /** Settles when the process has ended. */
  readonly exited: Promise<SubscriberExit>;
  private readonly _child: ChildProcess;
  private readonly _plan: SubscriberPlan;
  private readonly _options: SubscriberProcessOptions;
  private readonly _answers: ((report: SubscriberReport | undefined) => void)[] = [];
  private _latest: SubscriberReport | undefined;
  private _latency: string | undefined;
  private _completion: string | undefined;
  private _last: SubscriberReport | undefined;
  private _notice = '';
  private _failure: string | undefined;
  private _stderr = '';
  private _exit: SubscriberExit | undefined;
  private _hasBegun = false;
  private _isEnding = false;
  private _ending: Promise<SubscriberReport | undefined> | undefined;
  /** Called with each message that tells of another state. */
  private _onProgress: (kind: 'loaded' | 'ready') => void = () => {};

  /**
   * Starts the process, and resolves when its code is loaded. It does not connect before `connect`, so that it takes next to
   * nothing of the machine when it joins.
   *
   * @throws TcsReplayError `WORKER_FAILED` if it does not start, or not in time
   */
  static async start(plan: SubscriberPlan, options: SubscriberProcessOptions): Promise<SubscriberProcess> {
    options.signal?.throwIfAborted();
    const subscriber = new SubscriberProcess(plan, options);
    await subscriber._until('loaded', () => {
      const message = `Expected the subscriber ${plan.name} to start within ${subscriber._timeoutS} s, and it did not`;
      return new TcsReplayError('WORKER_FAILED', message);
    });
    return subscriber;
  }

  private constructor(plan: SubscriberPlan, options: SubscriberProcessOptions) {
    this.name = plan.name;
    this._plan = plan;
    this._options = options;
    // Lists of processes show the name. Options of this process, such as --inspect, are not for its children.
    this._child = fork(bundledFile('subscriber.cjs'), [plan.name], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this._child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this._stderr = `${this._stderr}${text}`.slice(-LONGEST_STDERR);
    });
    this._child.on('message', (message) => this._take(message as FromSubscriber));
    this.exited = this._untilExit();
    const kill = () => void this.kill();
    options.signal?.addEventListener('abort', kill);
    void this.exited.then(() => options.signal?.removeEventListener('abort', kill));
  }

  /**
   * Connects it, and resolves when it is connected to all addresses. Call it once. If it fails, the process has ended.
   *
   * @throws TcsReplayError `WORKER_FAILED` if the process ends; `SOCKET_FAILED` if it is not connected in time
   */
  async connect(): Promise<void> {
    const { name, connect } = this._plan;
    this._hasBegun = true;
    this._send({ kind: 'begin', plan: this._plan, anchor: this._options.anchor });
    await this._until('ready', () => {
      const why = this._notice === '' ? '' : `: ${this._notice}`;
      const message = `Expected the subscriber ${name} to be connected to ${connect.join(' ')} within ${this._timeoutS} s, and it is not${why}`;
      return new TcsReplayError('SOCKET_FAILED', message);
    });
  }

  /** Tells it how its clock goes on. */
  anchorAt(anchor: ClockAnchor): void {
    if (this._hasBegun) this._send({ kind: 'clock', anchor });
  }

  /** Undefined if the process could not be started. */
  get pid(): number | undefined {
    return this._child.pid;
  }

  /** The latest report; undefined before the first. Its histograms may be null: `latency` has them. */
  get latest(): SubscriberReport | undefined {
    return this._latest;
  }

  /** The latest histograms, for `decodeHistogram`. Undefined before the first second, and where there is no service. */
  get histograms(): { readonly latency: string | undefined; readonly completion: string | undefined } {
    return { latency: this._latency, completion: this._completion };
  }

  /** The report with which it has ended, with histograms; undefined before, and if none came. */
  get lastReport(): SubscriberReport | undefined {
    return this._last;
  }

  /** How the process has ended; undefined while it runs. */
  get exit(): SubscriberExit | undefined {
    return this._exit;
  }

  /**
   * A report with histograms as of now. After two seconds without an answer, or if the process has ended, the latest one.
   * Undefined before `connect`.
   */
  async requestReport(): Promise<SubscriberReport | undefined> {
    if (this._exit !== undefined || !this._hasBegun) return this._latest;
    return new Promise((resolve) => {
      const answer = (report: SubscriberReport | undefined) => {
        clearTimeout(timeout);
        resolve(report ?? this._latest);
      };
      const timeout = setTimeout(() => {
        this._answers.splice(this._answers.indexOf(answer), 1);
        answer(undefined);
      }, ANSWER_TIMEOUT_MS);
      this._answers.push(answer);
      this._send({ kind: 'report' });
    });
  }

  /**
   * Asks the process to end, and kills it if it has not done so after five seconds. Can be called again.
   *
   * @returns its last report, with histograms; undefined if none came
   */
  end(): Promise<SubscriberReport | undefined> {
    this._ending ??= this._end();
    return this._ending;
  }

  /** Ends the process at once, without a last report. Resolves when it has ended. */
  async kill(): Promise<void> {
    this._isEnding = true;
    this._child.kill('SIGKILL');
    await this.exited;
  }

  private async _end(): Promise<SubscriberReport | undefined> {
    this._isEnding = true;
    const timeout = setTimeout(() => this._child.kill('SIGKILL'), END_TIMEOUT_MS);
    this._send({ kind: 'end' });
    await this.exited;
    clearTimeout(timeout);
    return this._last;
  }

  private get _timeoutS(): number {
    return (this._options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS) / 1000;
  }

  /** Resolves when the process has told that it is so far. If that does not come, the process is killed. */
  private async _until(kind: 'loaded' | 'ready', late: () => TcsReplayError): Promise<void> {
    let timeout: NodeJS.Timeout | undefined;
    const come = new Promise<void>((resolve, reject) => {
      this._onProgress = (come) => come === kind && resolve();
      timeout = setTimeout(() => reject(late()), 1000 * this._timeoutS);
    });
    const ended = this.exited.then(({ reason }) => {
      this._options.signal?.throwIfAborted();
      throw new TcsReplayError('WORKER_FAILED', `The subscriber ${this.name} did not start: ${reason}`);
    });
    // Its end from then on is told by `exited`.
    ended.catch(() => {});
    try {
      await Promise.race([come, ended]);
    } catch (error) {
      await this.kill();
      throw error;
    } finally {
      clearTimeout(timeout);
    }
  }

  private async _untilExit(): Promise<SubscriberExit> {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      // Unlike 'exit', it comes after the last message.
      this._child.once('close', (code, signal) => resolve([code, signal]));
      this._child.on('error', (error) => {
        this._failure ??= error.message;
        if (this._child.pid === undefined) resolve([null, null]);
      });
    });
    this._exit = { code, signal, isExpected: this._isEnding, reason: this._reason(code, signal) };
    for (const answer of this._answers.splice(0)) answer(undefined);
    this._options.onExit?.(this._exit);
    return this._exit;
  }

  private _take(message: FromSubscriber): void {
    if (message.kind === 'loaded' || message.kind === 'ready') this._onProgress(message.kind);
    else if (message.kind === 'notice') {
      this._notice = message.notice;
      this._options.onNotice?.(message.notice);
    } else if (message.kind === 'failed') this._failure = message.message;
    else {
      const { report, answers } = message;
      this._latest = report;
      this._latency = report.latency ?? this._latency;
      this._completion = report.completion ?? this._completion;
      if (answers === 'end') this._last = report;
      if (answers === 'report') this._answers.shift()?.(report);
      this._options.onReport?.(report);
    }
  }

  private _reason(code: number | null, signal: NodeJS.Signals | null): string {
    if (this._failure !== undefined) return this._failure;
    const how = signal === null ? `it ended with exit code ${code}` : `${signal} ended it`;
    return this._stderr === '' ? how : `${how}: ${this._stderr.trim()}`;
  }

  private _send(message: ToSubscriber): void {
    // It fails where the process has ended, which `exited` tells.
    if (this._child.connected) this._child.send(message, () => {});
  }
}
