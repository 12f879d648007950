/** A real browser without a window, by its DevTools protocol over a pipe. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const PATH = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--hide-scrollbars',
];
const TIMEOUT_MS = 60_000;

/** For node:test's `skip`: why a test that takes a browser is skipped; false: it is not. */
export function skipWithoutChromium(): string | false {
  return existsSync(PATH) ? false : `no Chromium at ${PATH}: set CHROMIUM to its path`;
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}
type Result = Readonly<Record<string, unknown>>;

export class Chromium {
  /** What went wrong in pages: exceptions, errors of the console, what was refused or not found. */
  readonly complaints: string[] = [];
  /** Addresses of all that was loaded, or should have been. */
  readonly requests: string[] = [];
  private readonly _child: ChildProcess;
  private readonly _folder: string;
  private readonly _waiting = new Map<
    number,
    { resolve: (result: Result) => void; reject: (error: Error) => void }
  >();
  private readonly _onEvent = new Map<string, () => void>();
  private _lastId = 0;
  private _session: string | undefined;

  private constructor() {
    this._folder = mkdtempSync(join(tmpdir(), 'tcs-chromium-'));
    const args = [...ARGS, `--user-data-dir=${this._folder}`, '--remote-debugging-pipe', 'about:blank'];
    this._child = spawn(PATH, args, {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let text = '';
    (this._child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (text + chunk).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this._take(JSON.parse(message));
    });
    this._child.on('error', (error) => this._fail(error));
    this._child.on('exit', () => this._fail(new Error('Chromium has ended')));
  }

  static async start(): Promise<Chromium> {
    const chromium = new Chromium();
    const { targetId } = await chromium.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await chromium.send('Target.attachToTarget', { targetId, flatten: true });
    chromium._session = sessionId as string;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await chromium.send(`${domain}.enable`);
    return chromium;
  }

  /** Empties `complaints` and `requests`, for the next test. */
  forget(): void {
    this.complaints.length = 0;
    this.requests.length = 0;
  }

  /** Opens a page, and resolves once it is there with all that it loads. */
  async open(url: string, widthPx: number, scheme: 'light' | 'dark'): Promise<void> {
    await this.show(widthPx, scheme);
    const loaded = new Promise<void>((resolve) => this._onEvent.set('Page.loadEventFired', resolve));
    await this.send('Page.navigate', { url });
    await loaded;
  }

  /** Changes the window of the page that is open. */
  async show(width: number, scheme: 'light' | 'dark'): Promise<void> {
    const features = [{ name: 'prefers-color-scheme', value: scheme }];
    await this.send('Emulation.setEmulatedMedia', { features });
    await this.send('Emulation.setDeviceMetricsOverride', {
      ...{ width, height: 900, deviceScaleFactor: 1, mobile: false },
    });
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      ...{ expression, awaitPromise: true, returnByValue: true },
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: unknown }).value;
  }

  send(method: string, params: Result = {}): Promise<Result> {
    const id = ++this._lastId;
    const session = this._session === undefined ? {} : { sessionId: this._session };
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(
        () => reject(new Error(`${method}: no answer within ${TIMEOUT_MS} ms`)),
        TIMEOUT_MS,
      );
      const settled = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timeout);
          settle(value);
        };
      };
      this._waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
      (this._child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    });
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this._child.once('exit', resolve));
    if (this._child.exitCode === null) {
      // Its helpers are of the same group: none must be left to write into the folder.
      process.kill(-this._child.pid!, 'SIGKILL');
      await ended;
    }
    rmSync(this._folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  private _take({ id, method, params, result, error }: Answer): void {
    if (id !== undefined) {
      const waiting = this._waiting.get(id);
      this._waiting.delete(id);
      if (error !== undefined) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result ?? {});
      return;
    }
    const isComplaint =
      method === 'Runtime.exceptionThrown' ||
      method === 'Log.entryAdded' ||
      (method === 'Runtime.consoleAPICalled' &&
        ['error', 'warning', 'assert'].includes(params?.type as string));
    if (method === 'Network.requestWillBeSent') {
      this.requests.push((params as { request: { url: string } }).request.url);
    }
    if (isComplaint) this.complaints.push(JSON.stringify(params));
    if (method !== undefined) this._onEvent.get(method)?.();
  }

  private _fail(error: Error): void {
    for (const { reject } of this._waiting.values()) reject(error);
    this._waiting.clear();
  }
}
