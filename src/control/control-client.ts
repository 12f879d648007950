import { Request } from 'zeromq';
import { TcsReplayError } from '../shared/errors.js';
import { atAddress } from '../zmq/address.js';
import type { CurveClientOptions } from '../zmq/curve/client-keys.js';
import type { ControlReply } from './control-server.js';

/** What is asked of a replay. */
export interface ControlOrder {
  readonly command: string;
  readonly [parameter: string]: string | number | undefined;
}

export interface AskOptions {
  /** Where the replay's control socket is. */
  readonly url: string;
  /** How long an answer is waited for, in milliseconds. */
  readonly timeoutMs: number;
  /** Undefined: the replay does not ask for keys. */
  readonly keys?: CurveClientOptions | undefined;
}

/**
 * Asks a replay in another process, and waits for its answer. A replay that is not there yet may come in that time.
 *
 * @throws TcsReplayError `BAD_ADDRESS`; `NO_ANSWER`: nobody is there, or the answer takes longer
 */
export async function ask(order: ControlOrder, { url, timeoutMs, keys }: AskOptions): Promise<ControlReply> {
  const socket = new Request({ receiveTimeout: timeoutMs, sendTimeout: timeoutMs, linger: 0, ...keys });
  let isThere = false;
  let isRefused = false;
  socket.events.on('handshake', () => {
    isThere = true;
  });
  for (const event of ['handshake:error:auth', 'handshake:error:protocol'] as const) {
    socket.events.on(event, () => {
      isRefused = true;
    });
  }
  try {
    await atAddress('connect to', url, () => socket.connect(url));
    await socket.send(JSON.stringify(order));
    const [answer] = await socket.receive();
    return replyIn(answer, url);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    const seconds = `${timeoutMs / 1000} s`;
    const message = isThere
      ? `The replay at ${url} did not answer ${order.command} within ${seconds}: it may still do it; wait longer with --timeout`
      : isRefused
        ? `The replay at ${url} did not let this in within ${seconds}: give the keys that it asks for`
        : `Nobody answered at ${url} within ${seconds}: start a replay with --control ${url}`;
    throw new TcsReplayError('NO_ANSWER', message, { cause: error });
  } finally {
    socket.close();
  }
}

function replyIn(answer: Buffer, url: string): ControlReply {
  try {
    const reply = JSON.parse(answer.toString()) as ControlReply | null;
    if (typeof reply?.ok === 'boolean') return reply;
  } catch {
    // As below.
  }
  throw new TcsReplayError(
    'SOCKET_FAILED',
    `What answers at ${url} is no replay: ${answer.length} bytes of something else`,
  );
}
