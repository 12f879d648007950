import { Context, Reply } from 'zeromq';
import { TcsReplayError } from '../../shared/errors.js';
import type { ServerKeys } from './server-keys.js';
import { fromZ85 } from './z85.js';

/** Where libzmq sends authentication requests: ZAP, ZeroMQ RFC 27. */
const ZAP_ADDRESS = 'inproc://zeromq.zap.01';
const ZAP_VERSION = '1.0';
/** The ZAP domain of the sockets. */
const DOMAIN = 'tcs-replay';
const ACCEPTED = ['200', 'OK'];
const REFUSED = ['400', 'the key is not known here'];
/** Frames of a request: version, request id, domain, address, identity, mechanism, credentials. */
const [REQUEST_ID, CREDENTIALS] = [1, 6];
/** CURVE has no effect on other transports. */
const ENCRYPTED = /^(tcp|ipc):/;

/** Socket options of a CURVE server. */
export interface CurveServerOptions {
  readonly curveServer: true;
  readonly curveSecretKey: string;
  readonly zapDomain: string;
  /** Where clients are restricted, a separate context: a context has only one ZAP handler. */
  readonly context?: Context;
}

/** Authenticates the clients of sockets that are opened with `socketOptions`. Close it after these sockets. */
export class Gate {
  readonly socketOptions: CurveServerOptions;
  /** The ZAP handler; undefined where all clients are accepted. */
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
    // The last two frames: user id and metadata.
    await reply.send([ZAP_VERSION, request[REQUEST_ID] ?? '', ...verdict, '', '']).catch(() => {});
  }
}

/** @throws TcsReplayError `BAD_OPTION` for an address whose transport CURVE cannot encrypt */
export function checkEncrypted(urls: readonly string[]): void {
  const open = urls.find((url) => !ENCRYPTED.test(url));
  if (open !== undefined)
    throw new TcsReplayError(
      'BAD_OPTION',
      `Expected a tcp or ipc address with keys, got ${open}: others are not encrypted`,
    );
}
