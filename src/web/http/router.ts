import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../shared/errors.js';
import { sendRefusal } from './answers.js';
import type { Gate } from './gate.js';
import type { PageFiles } from './page-files.js';
import { Refusal } from './refusal.js';
import { targetOf } from './request-target.js';
import type { Routes } from './route.js';
import { HEADERS_FOR_ALL_ORIGINS, SECURITY_HEADERS } from './security-headers.js';

export interface RouterOptions {
  readonly gate: Gate;
  /** They are given to all who reach the server. */
  readonly files: PageFiles;
  readonly routes: Routes;
  /** Called with an error that is no refusal. */
  readonly onFault: (what: string, error: unknown) => void;
}

/** Answers requests: with a file of the page, or by the route of the path. */
export class Router {
  private readonly _options: RouterOptions;

  constructor(options: RouterOptions) {
    this._options = options;
  }

  /** Answers a request. It never rejects: what fails is told to the one who asked. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this._answer(request, response);
    } catch (error) {
      this._fail(request, response, error);
    }
  }

  private async _answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { gate, files, routes } = this._options;
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    gate.checkHost(request);
    const { path, query } = targetOf(request);
    if (files.has(path)) {
      await this._sendFile(request, response, path);
      return;
    }
    if (!Object.hasOwn(routes, path)) throw new Refusal(404, 'There is nothing here');
    const route = routes[path];
    if (route.method === 'GET' && gate.isToken(query.get('token')))
      for (const [name, value] of Object.entries(HEADERS_FOR_ALL_ORIGINS)) response.setHeader(name, value);
    else if (route.isOpen !== true) gate.checkSession(request);
    if (request.method !== route.method) throw methodRefusal(route.method);
    if (route.method === 'POST') gate.checkPost(request);
    await route.handle(request, response, query);
  }

  private async _sendFile(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodRefusal('GET, HEAD');
    const { contentType, bytes } = await this._options.files.get(path);
    response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }

  private _fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    // A connection that was closed is the error.
    if (request.socket.destroyed) return;
    const isRefusal = error instanceof Refusal;
    if (!isRefusal) this._options.onFault(targetOf(request).path, error);
    if (response.headersSent) response.destroy();
    else sendRefusal(response, isRefusal ? error : new Refusal(500, messageOf(error)));
  }
}

function methodRefusal(allowed: string): Refusal {
  return new Refusal(405, `Only ${allowed} is possible here`, { Allow: allowed });
}
