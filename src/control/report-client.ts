import { Dealer } from 'zeromq';
import { connectTo } from '../zmq/address.js';
import { AwaitedPeers } from '../zmq/awaited-peers.js';
import type { CurveClientOptions } from '../zmq/curve/client-keys.js';
import { checkEncrypted } from '../zmq/curve/gate.js';
import { needsIpv6 } from '../zmq/ipv6.js';

export interface ReportClientOptions {
  readonly url: string;
  /** Undefined: the other side does not encrypt. */
  readonly keys: CurveClientOptions | undefined;
  /** Most messages that wait to be sent; further ones are dropped. */
  readonly highWaterMark: number;
  /** Called with a sentence if nothing answers, or the connection is refused. */
  readonly onNotice: (notice: string) => void;
}

/** How long the last messages are kept for after `close`. */
const LINGER_MS = 1000;

/** The side of those that report: it never waits. What cannot be sent is dropped. */
export class ReportClient {
  private readonly _socket: Dealer;
  private readonly _peers: AwaitedPeers;

  /** @throws TcsReplayError `BAD_ADDRESS`, `SOCKET_FAILED`, `BAD_OPTION` for keys with an address that is not encrypted */
  static async open({ url, keys, highWaterMark, onNotice }: ReportClientOptions): Promise<ReportClient> {
    if (keys !== undefined) checkEncrypted([url]);
    const ipv6 = await needsIpv6([url]);
    const socket = new Dealer({
      sendHighWaterMark: highWaterMark,
      sendTimeout: 0,
      linger: LINGER_MS,
      ipv6,
      ...keys,
    });
    const peers = new AwaitedPeers([url], onNotice);
    socket.events.on('handshake', ({ address }) => peers.answered(address));
    for (const event of ['handshake:error:auth', 'handshake:error:protocol'] as const) {
      let isTold = false;
      socket.events.on(event, ({ address }) => {
        peers.refused(address);
        if (!isTold) onNotice(`${url} refuses the connection: it expects other keys, or none`);
        isTold = true;
      });
    }
    try {
      await connectTo(url, () => socket.connect(url));
    } catch (error) {
      peers.close();
      socket.close();
      throw error;
    }
    return new ReportClient(socket, peers);
  }

  private constructor(socket: Dealer, peers: AwaitedPeers) {
    this._socket = socket;
    this._peers = peers;
  }

  send(message: unknown): void {
    if (!this._socket.closed) this._socket.send(JSON.stringify(message)).catch(() => {});
  }

  /** Yields the answers until the client is closed. Those that are no JSON are left out. */
  async *answers(): AsyncGenerator<unknown> {
    for await (const [frame] of this._socket) {
      try {
        yield JSON.parse(String(frame));
      } catch {
        // Not of a load test.
      }
    }
  }

  close(): void {
    this._peers.close();
    if (!this._socket.closed) this._socket.close();
  }
}
