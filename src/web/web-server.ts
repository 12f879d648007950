import { createServer, type Server } from 'node:http';
import { ControlDesk } from '../control/control-desk.js';
import type { ReplayOutcome } from '../measure/outcome.js';
import { addressText, type HttpAddress, isOfThisMachine } from '../shared/http-address.js';
import { listenHttp } from '../shared/listen-http.js';
import { apiRoutes } from './api-routes.js';
import { FaultLog } from './fault-log.js';
import { serveFoxglove } from './foxglove-socket.js';
import { HistoryDesk } from './history/history-desk.js';
import { Gate } from './http/gate.js';
import { PageFiles } from './http/page-files.js';
import { Router } from './http/router.js';
import { sessionRoute } from './http/session-route.js';
import { LiveFeed } from './live-feed.js';
import { servePage } from './page-socket.js';
import type { ShownReplay } from './shown-replay.js';
import { FOXGLOVE_PATH, MOST_CLIENTS, WebSockets } from './web-sockets.js';

/** A browser opens six connections for each page, besides its WebSocket. */
const MOST_CONNECTIONS = 16 * MOST_CLIENTS;
const LARGEST_HEADERS_BYTES = 16 << 10;
/** A request has a line, some headers and a few kilobytes. */
const REQUEST_TIMEOUT_MS = 10_000;

export interface WebServerOptions {
  readonly address: HttpAddress;
  readonly replay: ShownReplay;
  /** What the user calls the option with the address, for errors. */
  readonly optionName: string;
  /** Called with faults of this program in serving the page. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** Folder of the page's files. Default: where the build puts them. */
  readonly pageFolder?: string | undefined;
}

/** Serves the page in the browser, what it asks for, and its WebSocket. It keeps no process from ending. */
export class WebServer {
  private readonly _server: Server;
  private readonly _faults: FaultLog;
  private readonly _gate: Gate;
  private readonly _feed: LiveFeed;
  private readonly _histories: HistoryDesk;
  private readonly _sockets: WebSockets;
  private readonly _host: string;

  /** @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED` */
  static async open(options: WebServerOptions): Promise<WebServer> {
    const server = createServer({ maxHeaderSize: LARGEST_HEADERS_BYTES });
    server.maxConnections = MOST_CONNECTIONS;
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.headersTimeout = REQUEST_TIMEOUT_MS;
    // No request is read before the event loop has turned, and by then it is answered.
    return new WebServer(server, await listenHttp(server, options.address, options.optionName), options);
  }

  private constructor(
    server: Server,
    address: HttpAddress,
    { replay, onNotice, pageFolder }: WebServerOptions,
  ) {
    const faults = new FaultLog(onNotice);
    const gate = new Gate(address);
    const desk = new ControlDesk(replay.playback, replay.load);
    const feed = new LiveFeed(replay, faults);
    const histories = new HistoryDesk(replay, feed.directory, faults);
    const router = new Router({
      gate,
      files: new PageFiles(pageFolder),
      routes: { '/api/session': sessionRoute(gate), ...apiRoutes({ replay, feed, histories, desk }) },
      onFault: (path, error) => faults.note(`answering ${path}`, error),
    });
    const sockets = new WebSockets({
      gate,
      faults,
      onPage: (socket, connection) => servePage(socket, connection, feed, desk, faults),
      onFoxglove: (socket) => serveFoxglove(socket, feed, replay, faults),
    });
    server.on('request', (request, response) => void router.answer(request, response));
    server.on('upgrade', (request, connection, head) => sockets.upgrade(request, connection, head));
    this._server = server;
    this._faults = faults;
    this._gate = gate;
    this._feed = feed;
    this._histories = histories;
    this._sockets = sockets;
    this._host = addressText(isOfThisMachine(address) ? address : { ...address, host: 'localhost' });
  }

  /** The URL of the page, with its token. */
  get pageUrl(): string {
    return `http://${this._host}/#token=${this._gate.token}`;
  }

  /** The URL for programs with Foxglove's protocol, with the token: they have no cookie. */
  get foxgloveUrl(): string {
    return `ws://${this._host}${FOXGLOVE_PATH}?token=${this._gate.token}`;
  }

  /** Tells all pages that the replay has ended, and ends. It never rejects. @param outcome undefined: it failed */
  async end(outcome: ReplayOutcome | undefined): Promise<void> {
    this._faults.guard('telling the end', () => this._feed.end(outcome));
    this._histories.close();
    this._server.close();
    this._server.closeIdleConnections();
    await this._sockets.close();
    this._server.closeAllConnections();
  }
}
