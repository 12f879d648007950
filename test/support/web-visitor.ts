import './own-cache.js';
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import type { ReplayOptions, WebAddresses } from '../../src/options/replay-options.js';
import type { Playback } from '../../src/playback/playback.js';
import { startReplay } from '../../src/replay.js';
import type { ToPage, ToServer } from '../../src/web/protocol.js';
import { until } from './until.js';

/** An answer to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One who opens the page of a replay in this process. */
export class WebVisitor {
  readonly playback: Playback;
  readonly addresses: WebAddresses;
  readonly origin: string;
  readonly host: string;
  readonly token: string;
  cookie = '';

  private constructor(playback: Playback, addresses: WebAddresses) {
    const { origin, host, hash } = new URL(addresses.page);
    this.playback = playback;
    this.addresses = addresses;
    this.origin = origin;
    this.host = host;
    this.token = hash.replace('#token=', '');
  }

  /** Starts a replay with a page, which ends with the test, and opens a session. Threads, which take long to start, it has where options say so. */
  static async open(
    context: TestContext,
    options: ReplayOptions,
    additions: { readonly isView?: boolean } = {},
  ): Promise<WebVisitor> {
    const stop = new AbortController();
    let playback: Playback | undefined;
    const addresses = await new Promise<WebAddresses>((resolve, reject) => {
      playback = startReplay(
        {
          web: true,
          timing: 'eco',
          ...(options.from === undefined && { workers: 0 }),
          waitSetupS: 0,
          url: 'tcp://127.0.0.1:*',
          ...options,
          signal: stop.signal,
          onWeb: resolve,
        },
        (option) => option,
        additions,
      );
      playback.outcome.catch(reject);
    });
    const visitor = new WebVisitor(playback as Playback, addresses);
    context.after(async () => {
      stop.abort();
      await visitor.playback.outcome.catch(() => {});
    });
    const answer = await visitor.ask('/api/session', {
      method: 'POST',
      headers: { Origin: visitor.origin, 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: visitor.token }),
    });
    visitor.cookie = String(answer.headers['set-cookie']).split(';')[0];
    return visitor;
  }

  /** Asks as a program does that sets its headers as it likes. */
  ask(path: string, { method = 'GET', headers = {}, body }: AskOptions = {}): Promise<Answer> {
    const { hostname, port } = new URL(this.origin);
    return new Promise((resolve, reject) => {
      const asked = httpRequest({ hostname, port, path, method, headers, agent: false }, async (response) => {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part as Buffer);
        const { statusCode = 0 } = response;
        resolve({ status: statusCode, headers: response.headers, text: Buffer.concat(parts).toString() });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  /** Asks for JSON with the session's cookie. */
  async json<T>(path: string): Promise<T> {
    return JSON.parse((await this.ask(path, { headers: { Cookie: this.cookie } })).text) as T;
  }

  /** Asks for lines of JSON with the session's cookie. */
  async lines<T>(path: string): Promise<T[]> {
    const { text } = await this.ask(path, { headers: { Cookie: this.cookie } });
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as T);
  }

  /** Opens the page's WebSocket. */
  async page(context: TestContext): Promise<PageSocket> {
    const page = new PageSocket(this);
    context.after(() => page.socket.terminate());
    await once(page.socket, 'open');
    return page;
  }
}

/** The WebSocket of a page. */
export class PageSocket {
  readonly socket: WebSocket;
  readonly messages: ToPage[] = [];
  private _id = 0;

  constructor({ origin, cookie }: WebVisitor, headers: Readonly<Record<string, string>> = {}) {
    this.socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, 'tcs-replay.v1', {
      headers: { Origin: origin, Cookie: cookie, ...headers },
    });
    this.socket.on('message', (data) => this.messages.push(JSON.parse(String(data)) as ToPage));
  }

  send(message: ToServer): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Sends a request of the control socket. @returns its reply */
  async request(request: Readonly<Record<string, unknown>>) {
    const id = ++this._id;
    this.send({ op: 'request', id, request });
    const reply = await this.first('reply', (message) => message.id === id);
    return reply.reply;
  }

  /** The first message of a kind that is as it should be, of those that came and those that come. */
  async first<O extends ToPage['op']>(
    op: O,
    isRight: (message: Extract<ToPage, { op: O }>) => boolean = () => true,
  ): Promise<Extract<ToPage, { op: O }>> {
    const find = () =>
      this.messages.find(
        (message): message is Extract<ToPage, { op: O }> =>
          message.op === op && isRight(message as Extract<ToPage, { op: O }>),
      );
    return (await until(find, (found) => found !== undefined)) as Extract<ToPage, { op: O }>;
  }
}

/** How the server refuses a WebSocket: the status. */
export async function refusalOf(socket: WebSocket): Promise<number> {
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  socket.on('error', () => {});
  socket.terminate();
  return response.statusCode;
}
