import { Context, Reply } from 'zeromq';
import { TcsReplayError } from '../../shared/errors.js';
import type { ServerKeys } from './server-keys.js';
import { fromZ85 } from './z85.js';

/** Where libzmq asks, ZeroMQ RFC 27. */
const ZAP_ADDRESS = 'inproc://zeromq.zap.01';
const ZAP_VERSION = '1.0';
/** Names the sockets here to whoever decides. */
const DOMAIN = 'tcs-replay';
const ACCEPTED = ['200', 'OK'];
const REFUSED = ['400', 'the key is not known here'];
/** Of a request: version, request id, domain, address, identity, mechanism, credentials. */
const [REQUEST_ID, CREDENTIALS] = [1, 6];
/** CURVE does nothing on other transports. */
const ENCRYPTED = /^(tcp|ipc):/;

/** Socket options of a CURVE server. */
export interface CurveServerOptions {
  readonly curveServer: true;
  readonly curveSecretKey: string;
  readonly zapDomain: string;
  /** Where clients are restricted, a context of its own: a context has one place only to ask whom to let in. */
  readonly context?: Context;
}

/** Lets clients in by their keys, at sockets that are opened with its options. Close it when these are closed. */
export class Gate {
  readonly socketOptions: CurveServerOptions;
  private readonly _answering: Reply | undefined;

  static async open({ secretKey, clients }: ServerKeys): Promise<Gate> {
    const common = { curveServer: true, curveSecretKey: secretKey, zapDomain: DOMAIN } as const;
    if (clients === undefined) return new Gate(common, undefined);
    const context = new Context();
    const reply = new Reply({ context, linger: 0 });
    await reply.bind(ZAP_ADDRESS);
    const known = new Set([...clients].map((key) => fromZ85(key)?.toString('hex')));
    void answer(reply, (key) => known.has(key.toString('hex')));
    return new Gate({ ...common, context }, reply);
  }

  private constructor(socketOptions: CurveServerOptions, answering: Reply | undefined) {
    this.socketOptions = socketOptions;
    this._answering = answering;
  }

  close(): void {
    this._answering?.close();
  }
}

async function answer(reply: Reply, isKnown: (key: Buffer) => boolean): Promise<void> {
  for await (const request of reply) {
    const key = request[CREDENTIALS];
    const verdict = key !== undefined && isKnown(key) ? ACCEPTED : REFUSED;
    // The last two: a name for the client, and metadata.
    await reply.send([ZAP_VERSION, request[REQUEST_ID] ?? '', ...verdict, '', '']).catch(() => {});
  }
}

/** @throws TcsReplayError `BAD_OPTION` for addresses on which keys protect nothing */
export function checkEncrypted(urls: readonly string[]): void {
  const open = urls.find((url) => !ENCRYPTED.test(url));
  if (open !== undefined)
    throw new TcsReplayError(
      'BAD_OPTION',
      `Expected a tcp or ipc address with keys, got ${open}: others are not encrypted`,
    );
}
