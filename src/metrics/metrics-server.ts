import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../shared/errors.js';
import { addressText, type HttpAddress, isOfThisMachine } from '../shared/http-address.js';
import { listenHttp } from '../shared/listen-http.js';
import { Exposition } from './exposition.js';
import type { MetricFamily } from './metric-family.js';
import { processFamilies } from './process-families.js';

const PATH = '/metrics';
/** More than one or two scrape at a time only by mistake. */
const MOST_CONNECTIONS = 32;
/** A request has a line and some headers. */
const REQUEST_TIMEOUT_MS = 10_000;

export interface MetricsServerOptions {
  readonly address: HttpAddress;
  readonly families: readonly MetricFamily[];
  /** What the user calls the option with the address, for errors. */
  readonly optionName: string;
  /** Called with where it is if the system has chosen the port, or other hosts can reach it. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** Serves metrics over HTTP, for Prometheus to scrape. It keeps no process from ending. */
export class MetricsServer {
  private readonly _server: Server;
  private readonly _exposition: Exposition;
  /** The text that is being made: scrapes at the same time share it. */
  private _making: Promise<string> | undefined;

  private constructor(families: readonly MetricFamily[]) {
    this._exposition = new Exposition([...families, ...processFamilies()]);
    this._server = createServer((request, response) => void this._answer(request, response));
    this._server.maxConnections = MOST_CONNECTIONS;
    this._server.requestTimeout = REQUEST_TIMEOUT_MS;
    this._server.headersTimeout = REQUEST_TIMEOUT_MS;
  }

  /** @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED` */
  static async open({
    address,
    families,
    optionName,
    onNotice,
  }: MetricsServerOptions): Promise<MetricsServer> {
    const metrics = new MetricsServer(families);
    const listening = await listenHttp(metrics._server, address, optionName);
    const url = `http://${addressText(listening)}${PATH}`;
    if (!isOfThisMachine(address)) onNotice?.(`Other hosts can read the metrics at ${url}`);
    else if (address.port === 0) onNotice?.(`Metrics are at ${url}`);
    return metrics;
  }

  /** Ends it at once, with all connections. */
  close(): void {
    this._server.close();
    this._server.closeAllConnections();
  }

  private async _answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = url.replace(/\?.*$/s, '');
    if (path !== PATH) return refuse(response, 404, `Not found. Metrics are at ${PATH}`);
    if (method !== 'GET' && method !== 'HEAD')
      return refuse(response.setHeader('Allow', 'GET, HEAD'), 405, `Only GET reads ${PATH}`);
    try {
      this._making ??= this._exposition.text().finally(() => {
        this._making = undefined;
      });
      const text = await this._making;
      response.writeHead(200, { 'Content-Type': this._exposition.contentType, 'Cache-Control': 'no-store' });
      response.end(text);
    } catch (error) {
      refuse(response, 500, `Metrics cannot be read: ${messageOf(error)}`);
    }
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
}
