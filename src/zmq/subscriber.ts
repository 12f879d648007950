import { type Observer, Subscriber as ZmqSubscriber } from 'zeromq';
import { atAddress } from './address.js';
import type { CurveClientOptions } from './curve/client-keys.js';
import { checkEncrypted } from './curve/gate.js';

export interface SubscriberOptions {
  /** Addresses that the socket is connected to. */
  readonly connect: readonly string[];
  /** What wanted messages begin with; one empty text for all. */
  readonly prefixes: readonly string[];
  /** Messages queued here before the publisher's queue fills; 0: no limit. */
  readonly highWaterMark: number;
  /** Keys to connect with to CURVE servers. Default: none, for publishers without encryption. */
  readonly curve?: CurveClientOptions;
  /** Is told when a publisher refuses a connection, once a reason: with wrong keys, nothing else would ever happen. */
  readonly onNotice?: (notice: string) => void;
}

/** A ZeroMQ SUB socket. */
export class Subscriber {
  private readonly _socket: ZmqSubscriber;

  private constructor(socket: ZmqSubscriber) {
    this._socket = socket;
  }

  /** @throws TcsReplayError `BAD_ADDRESS`, `SOCKET_FAILED`; `BAD_OPTION` for keys where they protect nothing */
  static async open(options: SubscriberOptions): Promise<Subscriber> {
    const { connect, prefixes, highWaterMark, curve, onNotice } = options;
    if (curve !== undefined) checkEncrypted(connect);
    const socket = new ZmqSubscriber({ receiveHighWaterMark: highWaterMark, linger: 0, ...curve });
    if (onNotice !== undefined) void tellRefusals(socket.events, curve !== undefined, onNotice);
    try {
      for (const url of connect) await atAddress('connect to', url, () => socket.connect(url));
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.subscribe(...prefixes);
    return new Subscriber(socket);
  }

  /** The frames of each message, as they come, until the socket is closed. */
  async *messages(): AsyncGenerator<Buffer[]> {
    for await (const frames of this._socket) yield frames as Buffer[];
  }

  close(): void {
    if (!this._socket.closed) this._socket.close();
  }
}

async function tellRefusals(
  events: Observer,
  hasKeys: boolean,
  onNotice: (notice: string) => void,
): Promise<void> {
  const told = new Set<string>();
  for await (const event of events) {
    const reason = refusal(event.type, hasKeys);
    if (reason === undefined || !('address' in event)) continue;
    const notice = `${event.address} refuses the connection: ${reason}`;
    if (!told.has(notice)) onNotice(notice);
    told.add(notice);
  }
}

/** What an event of the handshake says about keys. */
function refusal(type: string, hasKeys: boolean): string | undefined {
  if (type === 'handshake:error:auth') return 'it does not let this key in';
  if (type === 'handshake:error:protocol')
    return hasKeys ? 'it does not encrypt' : 'it expects keys; give the public one of the server';
  // A server that cannot read what was encrypted for it hangs up.
  return type === 'handshake:error:other' && hasKeys
    ? 'the key of the server is probably another'
    : undefined;
}
