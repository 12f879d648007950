import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { ControlDesk, type ControlReply } from '../control/control-desk.js';
import { parseRequest } from '../control/control-request.js';
import type { ReplayOutcome } from '../measure/outcome.js';
import { messageOf } from '../shared/errors.js';
import { addressText, type HttpAddress, isOfThisMachine } from '../shared/http-address.js';
import { listenHttp } from '../shared/listen-http.js';
import { allowedHosts } from './allowed-hosts.js';
import { FoxgloveClient } from './foxglove/foxglove-client.js';
import { FOXGLOVE_PROTOCOLS } from './foxglove/foxglove-messages.js';
import { HistoryDesk, TooManyQueries } from './history/history-desk.js';
import { BadQuery } from './history/time-query.js';
import { LiveFeed } from './live-feed.js';
import { overviewOf } from './overview.js';
import { PageFiles } from './page-files.js';
import { servePage } from './page-socket.js';
import { BodyTooLarge, readBody } from './request-body.js';
import { Secrets } from './secrets.js';
import { SECURITY_HEADERS } from './security-headers.js';
import type { ShownReplay } from './shown-replay.js';

/** Pages, and other programs with a WebSocket, at a time. */
export const MOST_CLIENTS = 16;
/** A larger message ends its connection. */
export const LARGEST_MESSAGE_BYTES = 64 << 10;
/** A browser opens six connections for each page, besides its WebSocket. */
const MOST_CONNECTIONS = 16 * MOST_CLIENTS;
const LARGEST_HEADERS_BYTES = 16 << 10;
/** A request has a line, some headers and a few kilobytes. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How long the end of the replay is kept for pages that are slow to read it. */
const LINGER_MS = 500;
const GOING_AWAY = 1001;

const PAGE_PROTOCOL = 'tcs-replay.v1';
const FOXGLOVE_PATH = '/foxglove';

export interface WebServerOptions {
  readonly address: HttpAddress;
  readonly replay: ShownReplay;
  /** What the user calls the option with the address, for errors. */
  readonly optionName: string;
  /** Folder of the page's files. Default: where the build puts them. */
  readonly pageFolder?: string | undefined;
}

type Method = 'GET' | 'POST';
type Handler = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => unknown;

interface Route {
  readonly method: Method;
  readonly handle: Handler;
}

/** Serves the page in the browser, what it asks for, and its WebSocket. It keeps no process from ending. */
export class WebServer {
  private readonly _replay: ShownReplay;
  private readonly _files: PageFiles;
  private readonly _server: Server;
  private readonly _sockets: WebSocketServer;
  private readonly _foxglove: WebSocketServer;
  private readonly _desk: ControlDesk;
  private readonly _feed: LiveFeed;
  private readonly _histories: HistoryDesk;
  private _hosts: ReadonlySet<string> = new Set();
  private _secrets = new Secrets(0);
  private _url = '';
  /** Routes that need the cookie; or the token, if they change nothing. */
  private readonly _routes: Readonly<Record<string, Route>> = {
    '/api/overview': {
      method: 'GET',
      handle: async (_, response) =>
        this._json(response, await overviewOf(this._replay, this._feed.directory.list.topics.length)),
    },
    '/api/topics': {
      method: 'GET',
      handle: (_, response) => this._json(response, this._feed.directory.list),
    },
    '/api/history': {
      method: 'GET',
      handle: (_, response) => this._json(response, { points: this._feed.history.points }),
    },
    '/api/strip': {
      method: 'GET',
      handle: (_, response, query) => this._histories.strip(response, query),
    },
    '/api/series': {
      method: 'GET',
      handle: (_, response, query) => this._histories.series(response, query),
    },
    '/api/points': {
      method: 'GET',
      handle: async (_, response, query) =>
        this._json(response, await this._histories.points(response, query)),
    },
    '/api/dictionary': {
      method: 'GET',
      handle: async (_, response) => this._json(response, await this._histories.dictionary()),
    },
    '/api/request': { method: 'POST', handle: (request, response) => this._request(request, response) },
  };

  /** @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED` */
  static async open(options: WebServerOptions): Promise<WebServer> {
    const web = new WebServer(options);
    const address = await listenHttp(web._server, options.address, options.optionName).catch((error) => {
      web._feed.close();
      throw error;
    });
    web._hosts = allowedHosts(address);
    web._secrets = new Secrets(address.port);
    web._url = addressText(isOfThisMachine(address) ? address : { ...address, host: 'localhost' });
    return web;
  }

  private constructor({ replay, pageFolder }: WebServerOptions) {
    this._replay = replay;
    this._files = new PageFiles(pageFolder);
    this._desk = new ControlDesk(replay.playback);
    this._feed = new LiveFeed(replay);
    this._histories = new HistoryDesk(replay, this._feed.directory);
    this._server = createServer({ maxHeaderSize: LARGEST_HEADERS_BYTES }, (request, response) => {
      this._answer(request, response).catch((error) => fail(request, response, error));
    });
    this._server.maxConnections = MOST_CONNECTIONS;
    this._server.requestTimeout = REQUEST_TIMEOUT_MS;
    this._server.headersTimeout = REQUEST_TIMEOUT_MS;
    this._sockets = new WebSocketServer({
      noServer: true,
      maxPayload: LARGEST_MESSAGE_BYTES,
      handleProtocols: (protocols) => (protocols.has(PAGE_PROTOCOL) ? PAGE_PROTOCOL : false),
    });
    this._foxglove = new WebSocketServer({
      noServer: true,
      maxPayload: LARGEST_MESSAGE_BYTES,
      handleProtocols: (protocols) => foxgloveProtocol(protocols) ?? false,
    });
    this._server.on('upgrade', (request, socket, head) => this._upgrade(request, socket, head));
  }

  /** The URL of the page, with its token. */
  get pageUrl(): string {
    return `http://${this._url}/#token=${this._secrets.token}`;
  }

  /** The URL for programs with Foxglove's protocol, with the token: they have no cookie. */
  get foxgloveUrl(): string {
    return `ws://${this._url}${FOXGLOVE_PATH}?token=${this._secrets.token}`;
  }

  /** Tells all pages that the replay has ended, and ends. @param outcome undefined: it failed */
  async end(outcome: ReplayOutcome | undefined): Promise<void> {
    this._feed.end(outcome);
    this._histories.close();
    this._server.close();
    this._server.closeIdleConnections();
    const open = this._openSockets;
    const closed = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of open) socket.close(GOING_AWAY, 'The replay has ended');
    let timeout: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timeout = setTimeout(resolve, LINGER_MS);
    });
    await Promise.race([Promise.all(closed), late]);
    clearTimeout(timeout);
    for (const socket of open) socket.terminate();
    this._server.closeAllConnections();
  }

  private async _answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    if (!this._hasAllowedHost(request)) return refuse(response, 421, 'The Host is not one of this server');
    const { method = '', url = '' } = request;
    const [path, query = ''] = splitUrl(url);
    if (this._files.has(path)) return this._file(request, response, path);
    if (path === '/api/session') return this._session(request, response);
    const route = Object.hasOwn(this._routes, path) ? this._routes[path] : undefined;
    if (route === undefined) return refuse(response, 404, 'There is nothing here');
    const parameters = new URLSearchParams(query);
    if (route.method === 'GET' && this._secrets.isToken(parameters.get('token'))) allowAllOrigins(response);
    else if (!this._secrets.isSession(request.headers.cookie))
      return refuse(response, 403, 'Open the page by the URL that the program has printed');
    if (method !== route.method) return refuseMethod(response, route.method);
    if (route.method === 'POST' && !isOwnPost(request, response)) return;
    await route.handle(request, response, parameters);
  }

  private async _file(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(response, 'GET, HEAD');
    const { contentType, bytes } = await this._files.get(path);
    response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }

  /** Exchanges the token for the cookie. */
  private async _session(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return refuseMethod(response, 'POST');
    if (!isOwnPost(request, response)) return;
    const given = parsedObject(await readBody(request, LARGEST_MESSAGE_BYTES));
    if (!this._secrets.isToken(given?.token))
      return refuse(response, 403, 'This is not the token: open the URL that the program has printed');
    response.setHeader('Set-Cookie', this._secrets.cookie);
    response.writeHead(204).end();
  }

  /** Carries out a request of the control socket. */
  private async _request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, LARGEST_MESSAGE_BYTES);
    const reply = await new Promise<ControlReply>((resolve) =>
      this._desk.take(() => parseRequest([body]), resolve),
    );
    this._feed.tellSoon();
    this._json(response, reply);
  }

  private _json(response: ServerResponse, value: unknown): void {
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
  }

  private _upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const [path, query = ''] = splitUrl(request.url ?? '');
    const refusal = this._refusalOf(request, path, query);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    if (path === FOXGLOVE_PATH)
      this._foxglove.handleUpgrade(request, socket, head, (accepted) => this._serveFoxglove(accepted));
    else
      this._sockets.handleUpgrade(request, socket, head, (accepted) =>
        servePage(accepted, this._feed, this._desk),
      );
  }

  /** Why a WebSocket is refused: the line of status. @returns undefined: it is not */
  private _refusalOf(request: IncomingMessage, path: string, query: string): string | undefined {
    if (!this._hasAllowedHost(request)) return '421 Misdirected Request';
    if (path !== FOXGLOVE_PATH && path !== '/ws') return '404 Not Found';
    // Another program has a foreign Origin, or none, and no cookie: the token alone opens it.
    const hasToken = this._secrets.isToken(new URLSearchParams(query).get('token'));
    if (path === FOXGLOVE_PATH) {
      if (!hasToken) return '403 Forbidden';
      if (foxgloveProtocol(offeredProtocols(request)) === undefined) return '400 Bad Request';
    } else if (!hasToken && !(hasOwnOrigin(request) && this._secrets.isSession(request.headers.cookie)))
      return '403 Forbidden';
    return this._openSockets.length < MOST_CLIENTS ? undefined : '503 Service Unavailable';
  }

  /** Serves a program with Foxglove's protocol, once it is known which time is played: it is told that first. */
  private _serveFoxglove(socket: WebSocket): void {
    // Errors of a connection end it; `close` follows.
    socket.on('error', () => {});
    this._replay.archive.then(
      () => {
        if (socket.readyState !== socket.OPEN) return;
        const { playback } = this._replay;
        const { firstS, lastS } = playback.status();
        const viewer = new FoxgloveClient(socket, {
          ...{ playback, firstS, lastS },
          onWanted: () => this._feed.rewant(),
        });
        socket.on('close', () => this._feed.leaveViewer(viewer));
        this._feed.joinViewer(viewer);
      },
      () => socket.close(GOING_AWAY, 'What is to be played could not be opened'),
    );
  }

  private get _openSockets(): readonly WebSocket[] {
    return [...this._sockets.clients, ...this._foxglove.clients];
  }

  private _hasAllowedHost({ headers }: IncomingMessage): boolean {
    return this._hosts.has(headers.host?.toLowerCase() ?? '');
  }
}

/** Lets a page of any origin read an answer: it has the token, and no cookie counts. */
function allowAllOrigins(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
}

/** The subprotocol of Foxglove that is chosen; undefined: none is offered. */
function foxgloveProtocol(offered: ReadonlySet<string>): string | undefined {
  return FOXGLOVE_PROTOCOLS.find((protocol) => offered.has(protocol));
}

function offeredProtocols({ headers }: IncomingMessage): ReadonlySet<string> {
  return new Set((headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim()));
}

/** The path and the query of a request. */
function splitUrl(url: string): string[] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url] : [url.slice(0, mark), url.slice(mark + 1)];
}

/** Whether a request was made by a page of this server. The Host is an allowed one. */
function hasOwnOrigin({ headers }: IncomingMessage): boolean {
  return (
    headers.origin !== undefined && headers.origin.toLowerCase() === `http://${headers.host?.toLowerCase()}`
  );
}

/** Whether a request that may change something comes from the page itself; otherwise it is refused. */
function isOwnPost(request: IncomingMessage, response: ServerResponse): boolean {
  if (!hasOwnOrigin(request)) refuse(response, 403, 'Only the page itself may ask for this');
  else if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? ''))
    refuse(response, 415, 'Expected the Content-Type application/json');
  else return true;
  return false;
}

function parsedObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function refuseMethod(response: ServerResponse, allowed: string): void {
  refuse(response.setHeader('Allow', allowed), 405, `Only ${allowed} is possible here`);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  // What is left of the request is not read.
  response.setHeader('Connection', 'close');
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || request.destroyed) response.destroy();
  else if (error instanceof BodyTooLarge) refuse(response, 413, error.message);
  else if (error instanceof BadQuery) refuse(response, 400, error.message);
  else if (error instanceof TooManyQueries)
    refuse(response.setHeader('Retry-After', '1'), 503, error.message);
  else refuse(response, 500, messageOf(error));
}
