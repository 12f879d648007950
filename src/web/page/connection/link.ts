import { signal } from '@preact/signals';
import type { ToPage, ToServer } from '../../protocol.js';

const PROTOCOL = 'tcs-replay.v1';
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

type Message<Op extends ToPage['op']> = Extract<ToPage, { readonly op: Op }>;
type Listener = (message: never) => void;

/** A reply of the control socket. */
export type Reply = Readonly<Record<string, unknown>> &
  (
    | { readonly ok: true }
    | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } }
  );

/** The WebSocket to the server. A connection that is lost is opened again, after waits that double. */
export class Link {
  /** `over`: the replay has ended, and no connection is tried any more unless the user asks. */
  readonly state = signal<'connecting' | 'open' | 'lost' | 'over'>('connecting');
  /** Called whenever a connection has been opened. */
  onOpen: () => void = () => {};
  private readonly _listeners = new Map<ToPage['op'], Listener[]>();
  private readonly _waiting = new Map<number, (reply: Reply) => void>();
  private _socket: WebSocket | undefined;
  private _want: ToServer | undefined;
  private _lastId = 0;
  private _waitMs = FIRST_WAIT_MS;
  private _timer: ReturnType<typeof setTimeout> | undefined;

  on<Op extends ToPage['op']>(op: Op, listener: (message: Message<Op>) => void): void {
    this._listeners.set(op, [...(this._listeners.get(op) ?? []), listener as Listener]);
  }

  /** Connects now. */
  open(): void {
    clearTimeout(this._timer);
    this._socket?.close();
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/ws`, PROTOCOL);
    this._socket = socket;
    socket.onopen = () => {
      this._waitMs = FIRST_WAIT_MS;
      this.state.value = 'open';
      if (this._want !== undefined) this._send(this._want);
      this.onOpen();
    };
    socket.onmessage = ({ data }) => this._take(JSON.parse(data as string) as ToPage);
    socket.onclose = () => {
      if (this._socket === socket) this._lose();
    };
  }

  /** Says what the page wants to get, now and after each new connection. */
  want(want: Omit<Extract<ToServer, { op: 'want' }>, 'op'>): void {
    this._want = { op: 'want', ...want };
    this._send(this._want);
  }

  /** Sends a request of the control socket. A connection that is lost meanwhile is answered here with `NO_ANSWER`. */
  request(request: Readonly<Record<string, unknown>>): Promise<Reply> {
    const id = ++this._lastId;
    return new Promise((resolve) => {
      if (!this._send({ op: 'request', id, request })) resolve(NO_ANSWER);
      else this._waiting.set(id, resolve);
    });
  }

  private _send(message: ToServer): boolean {
    if (this._socket?.readyState !== WebSocket.OPEN) return false;
    this._socket.send(JSON.stringify(message));
    return true;
  }

  private _take(message: ToPage): void {
    if (message.op === 'reply') {
      this._waiting.get(message.id)?.(message.reply as Reply);
      this._waiting.delete(message.id);
    }
    for (const listener of this._listeners.get(message.op) ?? []) listener(message as never);
  }

  private _lose(): void {
    for (const resolve of this._waiting.values()) resolve(NO_ANSWER);
    this._waiting.clear();
    if (this.state.value === 'over') return;
    this.state.value = 'lost';
    // Pages that lost one server do not come back to it all at once.
    this._timer = setTimeout(() => this.open(), this._waitMs * (0.75 + Math.random() / 2));
    this._waitMs = Math.min(2 * this._waitMs, LONGEST_WAIT_MS);
  }
}

const NO_ANSWER: Reply = {
  ok: false,
  error: { code: 'NO_ANSWER', message: 'The connection to tcs-replay is lost; nothing was done' },
};

export const link = new Link();
