import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FaultLog } from './fault-log.js';
import { FOXGLOVE_PROTOCOLS } from './foxglove/foxglove-messages.js';
import type { Gate } from './http/gate.js';
import { Refusal } from './http/refusal.js';
import { LARGEST_MESSAGE_BYTES } from './http/request-body.js';
import { targetOf } from './http/request-target.js';

/** Pages, and programs with Foxglove's protocol, at a time. */
export const MOST_CLIENTS = 16;
export const FOXGLOVE_PATH = '/foxglove';
const PAGE_PATH = '/ws';
const PAGE_PROTOCOL = 'tcs-replay.v1';
/** How long the end of the replay is kept for pages that are slow to read it. */
const LINGER_MS = 500;
const GOING_AWAY = 1001;

export interface WebSocketsOptions {
  readonly gate: Gate;
  readonly faults: FaultLog;
  /** @param connection that carries it */
  readonly onPage: (socket: WebSocket, connection: Duplex) => void;
  readonly onFoxglove: (socket: WebSocket) => void;
}

/** Turns requests into WebSockets: of pages, and of programs with Foxglove's protocol. */
export class WebSockets {
  private readonly _options: WebSocketsOptions;
  private readonly _pages = acceptor((offered) => (offered.has(PAGE_PROTOCOL) ? PAGE_PROTOCOL : undefined));
  private readonly _foxglove = acceptor(foxgloveProtocol);

  constructor(options: WebSocketsOptions) {
    this._options = options;
  }

  /** Answers a request for a WebSocket. It never throws: what fails is told to the one who asked. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    connection.on('error', () => {});
    try {
      this._upgrade(request, connection, head);
    } catch (error) {
      if (!(error instanceof Refusal)) this._options.faults.note('accepting a WebSocket', error);
      refuse(connection, error instanceof Refusal ? error.status : 500);
    }
  }

  /** Closes all, and ends the connections of those who do not answer in time. */
  async close(): Promise<void> {
    const open = this._open;
    const closed = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of open) socket.close(GOING_AWAY, 'The replay has ended');
    let timeout: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timeout = setTimeout(resolve, LINGER_MS);
    });
    await Promise.race([Promise.all(closed), late]);
    clearTimeout(timeout);
    for (const socket of open) socket.terminate();
  }

  private _upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    const { gate, onPage, onFoxglove } = this._options;
    gate.checkHost(request);
    const { path, query } = targetOf(request);
    if (path === FOXGLOVE_PATH) {
      gate.checkToken(query.get('token'));
      if (foxgloveProtocol(offeredProtocols(request)) === undefined)
        throw new Refusal(400, `Expected a subprotocol of ${FOXGLOVE_PROTOCOLS.join(', ')}`);
    } else if (path === PAGE_PATH) {
      // Another program, and a page of another origin, have no cookie: the token alone opens it.
      if (!gate.isToken(query.get('token'))) {
        gate.checkOrigin(request);
        gate.checkSession(request);
      }
    } else throw new Refusal(404, 'There is nothing here');
    if (this._open.length >= MOST_CLIENTS) throw new Refusal(503, `${MOST_CLIENTS} pages are open`);
    if (path === FOXGLOVE_PATH) this._foxglove.handleUpgrade(request, connection, head, onFoxglove);
    else this._pages.handleUpgrade(request, connection, head, (socket) => onPage(socket, connection));
  }

  private get _open(): readonly WebSocket[] {
    return [...this._pages.clients, ...this._foxglove.clients];
  }
}

function acceptor(choose: (offered: ReadonlySet<string>) => string | undefined): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_MESSAGE_BYTES,
    handleProtocols: (offered) => choose(offered) ?? false,
  });
}

/** The subprotocol of Foxglove that is chosen; undefined: none is offered. */
function foxgloveProtocol(offered: ReadonlySet<string>): string | undefined {
  return FOXGLOVE_PROTOCOLS.find((protocol) => offered.has(protocol));
}

function offeredProtocols({ headers }: IncomingMessage): ReadonlySet<string> {
  return new Set((headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim()));
}

/** A browser does not tell its page why: the status has to do. */
function refuse(connection: Duplex, status: number): void {
  connection.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
