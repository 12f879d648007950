import { XPublisher, XSubscriber, Proxy as ZmqProxy } from 'zeromq';
import { bindTo, connectTo } from './address.js';
import { AwaitedPeers } from './awaited-peers.js';
import type { CurveClientOptions } from './curve/client-keys.js';
import { checkEncrypted, Gate } from './curve/gate.js';
import type { ServerKeys } from './curve/server-keys.js';
import { needsIpv6 } from './ipv6.js';
import type { SocketFile } from './socket-file.js';
import { refusal } from './subscriber.js';
import { untilGone } from './until-gone.js';

export interface ForwarderOptions {
  /** Addresses of publishers. Those with `*` as the host are bound: publishers connect to them. */
  readonly from: readonly string[];
  /** Addresses to bind, to which subscribers connect. */
  readonly to: readonly string[];
  /** Most messages that wait here to be taken from a publisher; 0: no limit. */
  readonly receiveHighWaterMark: number;
  /** Most messages that wait for each subscriber, before further ones are dropped for it; 0: no limit. */
  readonly highWaterMark: number;
  /** Keys for publishers. Undefined: they do not encrypt. */
  readonly client: CurveClientOptions | undefined;
  /** Keys for subscribers. Undefined: they do not encrypt. */
  readonly server: ServerKeys | undefined;
  /** Called with sentences about publishers: one does not answer, or refuses the connection. */
  readonly onNotice: (notice: string) => void;
}

/** How long what is queued for subscribers is kept for after the end. */
const LINGER_MS = 2000;
const ANY_HOST = /^tcp:\/\/\*:/;

/**
 * Takes events from publishers, and sends them on to subscribers: the XSUB/XPUB proxy of libzmq, which runs in a thread of its own.
 * Subscriptions go the other way, so that only what somebody subscribes to comes here.
 */
export class Forwarder {
  /** The addresses for subscribers, with the ports that the system has chosen. */
  readonly addresses: readonly string[];
  /** Settles when the proxy has ended, and its addresses are free; rejects if it failed. */
  readonly ended: Promise<void>;
  private readonly _proxy: ZmqProxy;

  /**
   * Opens the sockets, and begins.
   *
   * @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`; `BAD_OPTION` for keys with an address whose transport
   * cannot be encrypted
   */
  static async open(options: ForwarderOptions): Promise<Forwarder> {
    const { from, to, receiveHighWaterMark, highWaterMark, client, server, onNotice } = options;
    const bound = from.filter((url) => ANY_HOST.test(url));
    const connected = from.filter((url) => !ANY_HOST.test(url));
    if (client !== undefined) checkEncrypted(from);
    if (server !== undefined) checkEncrypted(to);
    const gate = server && (await Gate.open(server));
    // A publisher is the server of CURVE also where it connects.
    const front = new XSubscriber({
      receiveHighWaterMark,
      linger: 0,
      ipv6: await needsIpv6(from),
      ...client,
    });
    const back = new XPublisher({
      sendHighWaterMark: highWaterMark,
      linger: LINGER_MS,
      ipv6: await needsIpv6(to),
      ...gate?.socketOptions,
    });
    const files: (SocketFile | undefined)[] = [];
    const peers = new AwaitedPeers(connected, onNotice);
    const close = () => {
      peers.close();
      for (const socket of [front, back]) if (!socket.closed) socket.close();
      for (const file of files) file?.remove();
      gate?.close();
    };
    try {
      const addresses: string[] = [];
      // Before the events are observed: libzmq loses the reason of a failed bind while it reports that.
      for (const url of bound) files.push(await bindTo(url, () => front.bind(url)));
      for (const url of to) {
        files.push(await bindTo(url, () => back.bind(url)));
        addresses.push(back.lastEndpoint ?? url);
      }
      const gone = Promise.all([front, back].map(untilGone));
      observe(front, peers, client !== undefined, onNotice);
      for (const url of connected) await connectTo(url, () => front.connect(url));
      const proxy = new ZmqProxy(front, back);
      const ended = proxy.run().finally(close);
      return new Forwarder(
        proxy,
        addresses,
        ended.then(() => gone).then(() => {}),
      );
    } catch (error) {
      close();
      throw error;
    }
  }

  private constructor(proxy: ZmqProxy, addresses: readonly string[], ended: Promise<void>) {
    this._proxy = proxy;
    this.addresses = addresses;
    this.ended = ended;
  }

  /** Ends it: nothing more is taken, and what is queued is still sent for two seconds. `ended` settles then. */
  close(): void {
    this._proxy.terminate();
  }
}

function observe(
  { events }: XSubscriber,
  peers: AwaitedPeers,
  hasKeys: boolean,
  onNotice: (notice: string) => void,
): void {
  const told = new Set<string>();
  events.on('handshake', ({ address }) => peers.answered(address));
  for (const type of ['handshake:error:auth', 'handshake:error:protocol', 'handshake:error:other'] as const)
    events.on(type, ({ address }) => {
      const reason = refusal(type, hasKeys);
      if (reason === undefined) return;
      peers.refused(address);
      const notice = `${address} refuses the connection: ${reason}`;
      if (!told.has(notice)) onNotice(notice);
      told.add(notice);
    });
}
