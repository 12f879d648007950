import type { IncomingMessage } from 'node:http';
import type { HttpAddress } from '../../shared/http-address.js';
import { allowedHosts } from './allowed-hosts.js';
import { Refusal } from './refusal.js';
import { Secrets } from './secrets.js';

/** The rules of security: which requests are let in. */
export class Gate {
  private readonly _hosts: ReadonlySet<string>;
  private readonly _secrets: Secrets;

  /** @param address with the port that the server is bound to */
  constructor(address: HttpAddress) {
    this._hosts = allowedHosts(address);
    this._secrets = new Secrets(address.port);
  }

  /** The token in the URL that the user gets. */
  get token(): string {
    return this._secrets.token;
  }

  /** Expects that a request names this server as its host. @throws Refusal */
  checkHost({ headers }: IncomingMessage): void {
    if (!this._hosts.has(headers.host?.toLowerCase() ?? ''))
      throw new Refusal(421, 'The Host is not one of this server');
  }

  /** Expects that a request has the cookie of a session. @throws Refusal */
  checkSession({ headers }: IncomingMessage): void {
    if (!this._secrets.isSession(headers.cookie))
      throw new Refusal(403, 'Open the page by the URL that the program has printed');
  }

  /** Expects that a request was made by a page of this server. Its Host is checked already. @throws Refusal */
  checkOrigin({ headers }: IncomingMessage): void {
    if (headers.origin?.toLowerCase() !== `http://${headers.host?.toLowerCase()}`)
      throw new Refusal(403, 'Only the page itself may ask for this');
  }

  /** Expects that a request that may change something was made by a page of this server: no form of another page can make it. @throws Refusal */
  checkPost(request: IncomingMessage): void {
    this.checkOrigin(request);
    if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? ''))
      throw new Refusal(415, 'Expected the Content-Type application/json');
  }

  /** Whether a text is the token, which opens all that can be read, and WebSockets, for those who have no cookie. */
  isToken(given: unknown): boolean {
    return this._secrets.isToken(given);
  }

  /** Expects the token. @throws Refusal */
  checkToken(given: unknown): void {
    if (!this.isToken(given))
      throw new Refusal(403, 'This is not the token: open the URL that the program has printed');
  }

  /** The value of the header Set-Cookie that gives somebody a session. */
  get cookie(): string {
    return this._secrets.cookie;
  }
}
