import { lookup } from 'node:dns/promises';
import { hostNameOf } from './ipv6.js';

/** A connection that takes longer is told: on a network it takes some milliseconds. */
const TOLD_AFTER_MS = 1000;

/**
 * Tells which of the addresses that a socket connects to do not answer, once: libzmq goes on trying in silence. Tells it
 * when one of these answers later.
 */
export class AwaitedPeers {
  private readonly _awaited: Set<string>;
  private readonly _told = new Set<string>();
  private readonly _onNotice: (notice: string) => void;
  private readonly _timer: NodeJS.Timeout;

  constructor(urls: readonly string[], onNotice: (notice: string) => void) {
    // Connections within a process need no network.
    this._awaited = new Set(urls.filter((url) => !url.startsWith('inproc:')));
    this._onNotice = onNotice;
    this._timer = setTimeout(() => this._tell(), TOLD_AFTER_MS);
    this._timer.unref();
  }

  /** Call it for each handshake. @param address of the peer, as libzmq gives it */
  answered(address: string): void {
    const url = this._urlOf(address);
    this._awaited.delete(url);
    if (this._told.delete(url)) this._onNotice(`Connected to ${url}`);
  }

  /** Call it for each peer that refuses the connection. @param address of the peer, as libzmq gives it */
  refused(address: string): void {
    this._awaited.delete(this._urlOf(address));
  }

  /** Call it when the socket is closed. */
  close(): void {
    clearTimeout(this._timer);
    this._awaited.clear();
  }

  /** libzmq gives the name of a host or its IP address: with one URL there is no doubt. */
  private _urlOf(address: string): string {
    return this._awaited.size === 1 ? [...this._awaited][0] : address;
  }

  private _tell(): void {
    for (const url of this._awaited) void this._tellOf(url);
  }

  private async _tellOf(url: string): Promise<void> {
    const name = hostNameOf(url);
    const isKnown = name === undefined || (await lookup(name).then(Boolean, () => false));
    if (!this._awaited.has(url)) return;
    this._told.add(url);
    const why = isKnown ? `Nothing answers at ${url} yet` : `There is no host ${name} for ${url}`;
    this._onNotice(`${why}: waiting for it`);
  }
}
