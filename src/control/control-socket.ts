import { Router } from 'zeromq';
import { bindTo } from '../zmq/address.js';
import { checkEncrypted, Gate } from '../zmq/curve/gate.js';
import type { ServerKeys } from '../zmq/curve/server-keys.js';
import { needsIpv6 } from '../zmq/ipv6.js';
import type { SocketFile } from '../zmq/socket-file.js';

/**
 * libzmq disconnects a client that sends a larger frame. It is well above the limit of requests, so that a request over that
 * limit gets an error as its reply.
 */
const LARGEST_FRAME_BYTES = 128 << 10;
/** Requests of one client that wait to be taken up. */
const QUEUED_REQUESTS = 16;
/** Replies that wait until a client reads them; further ones are dropped. All pending requests may be done at once. */
const QUEUED_ANSWERS = 1024;
/** How long the last replies are kept for slow clients after `close`. */
const LINGER_MS = 1000;

/** A message from a client. */
export interface ControlMessage {
  /** The frames without the routing frames. */
  readonly frames: readonly Buffer[];
  /** Sends the reply. It is dropped if the client has disconnected. */
  answer(text: string): void;
}

/**
 * The control socket of a replay: a ZeroMQ ROUTER. Clients with a REQ socket use it as they use a REP socket. Unlike a REP
 * socket it receives the next request before the current one has its reply.
 */
export class ControlSocket {
  private readonly _socket: Router;
  private readonly _gate: Gate | undefined;
  private readonly _file: SocketFile | undefined;

  private constructor(socket: Router, gate: Gate | undefined, file: SocketFile | undefined) {
    this._socket = socket;
    this._gate = gate;
    this._file = file;
  }

  /**
   * Opens the socket and binds it.
   *
   * @param keys server keys, and the clients that may connect; undefined: no encryption
   * @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`; `BAD_OPTION` if keys are given for a transport
   *   that does not encrypt
   */
  static async open(url: string, keys?: ServerKeys): Promise<ControlSocket> {
    if (keys !== undefined) checkEncrypted([url]);
    const ipv6 = await needsIpv6([url]);
    const gate = keys && (await Gate.open(keys));
    const socket = new Router({
      ipv6,
      ...gate?.socketOptions,
      maxMessageSize: LARGEST_FRAME_BYTES,
      receiveHighWaterMark: QUEUED_REQUESTS,
      sendHighWaterMark: QUEUED_ANSWERS,
      sendTimeout: 0,
      linger: LINGER_MS,
    });
    try {
      return new ControlSocket(socket, gate, await bindTo(url, () => socket.bind(url)));
    } catch (error) {
      socket.close();
      gate?.close();
      throw error;
    }
  }

  /** Yields messages of clients as they arrive, until the socket is closed. */
  async *messages(): AsyncGenerator<ControlMessage> {
    for await (const message of this._socket) {
      // Routing frames: the client's id, those that a REQ or DEALER socket adds, and an empty one, which a DEALER may omit.
      const delimiter = message.findIndex(({ length }) => length === 0);
      const envelope = message.slice(0, delimiter === -1 ? 1 : delimiter + 1);
      yield {
        frames: message.slice(envelope.length),
        answer: (text) => this._send([...envelope, Buffer.from(text)]),
      };
    }
  }

  /** Closes the socket. The last replies are still sent. */
  close(): void {
    if (!this._socket.closed) this._socket.close();
    this._gate?.close();
    this._file?.remove();
  }

  private _send(frames: Buffer[]): void {
    // A ROUTER drops what it cannot deliver. Any other failure concerns this client only.
    if (!this._socket.closed) this._socket.send(frames).catch(() => {});
  }
}
