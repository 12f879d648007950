import { Router } from 'zeromq';
import { atAddress } from '../zmq/address.js';
import { checkEncrypted, Gate } from '../zmq/curve/gate.js';
import type { ServerKeys } from '../zmq/curve/server-keys.js';

/** libzmq hangs up on whoever sends a larger frame. Well above what is answered: such a request gets an error. */
const LARGEST_FRAME_BYTES = 1 << 20;
/** Requests of one client that wait to be taken. */
const QUEUED_REQUESTS = 64;
/** Answers that wait for a client to read; further ones are dropped. All that are in flight may come at once. */
const QUEUED_ANSWERS = 1024;
/** How long the last answers are kept for slow clients. */
const LINGER_MS = 1000;

/** What a client sent. */
export interface ControlMessage {
  /** All but those that say where the answer goes to. */
  readonly frames: readonly Buffer[];
  /** Sends the answer; a client that has gone does not get it. */
  answer(text: string): void;
}

/**
 * The socket that a replay is driven by: a ZeroMQ ROUTER, which clients with a REQ socket speak to as to a REP. Unlike a REP
 * it takes the next request before the one at hand is answered.
 */
export class ControlSocket {
  private readonly _socket: Router;
  private readonly _gate: Gate | undefined;

  private constructor(socket: Router, gate: Gate | undefined) {
    this._socket = socket;
    this._gate = gate;
  }

  /**
   * @param keys whom to let in; undefined: everybody
   * @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`; `BAD_OPTION` for keys where they protect
   *   nothing
   */
  static async open(url: string, keys?: ServerKeys): Promise<ControlSocket> {
    if (keys !== undefined) checkEncrypted([url]);
    const gate = keys && (await Gate.open(keys));
    const socket = new Router({
      ...gate?.socketOptions,
      maxMessageSize: LARGEST_FRAME_BYTES,
      receiveHighWaterMark: QUEUED_REQUESTS,
      sendHighWaterMark: QUEUED_ANSWERS,
      sendTimeout: 0,
      linger: LINGER_MS,
    });
    try {
      await atAddress('bind to', url, () => socket.bind(url));
    } catch (error) {
      socket.close();
      gate?.close();
      throw error;
    }
    return new ControlSocket(socket, gate);
  }

  /** What clients send, as it comes, until the socket is closed. */
  async *messages(): AsyncGenerator<ControlMessage> {
    for await (const message of this._socket) {
      // The client's id; those that a REQ socket or a DEALER adds; an empty one, which a DEALER may leave out.
      const delimiter = message.findIndex(({ length }) => length === 0);
      const envelope = message.slice(0, delimiter === -1 ? 1 : delimiter + 1);
      yield {
        frames: message.slice(envelope.length),
        answer: (text) => this._send([...envelope, Buffer.from(text)]),
      };
    }
  }

  /** Closes the socket; the last answers still leave. */
  close(): void {
    if (!this._socket.closed) this._socket.close();
    this._gate?.close();
  }

  private _send(frames: Buffer[]): void {
    // A ROUTER drops what it cannot deliver. Whatever else fails is of this client, and no harm to others.
    if (!this._socket.closed) this._socket.send(frames).catch(() => {});
  }
}
