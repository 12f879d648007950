import { Request } from 'zeromq';
import { TcsReplayError } from '../shared/errors.js';
import { givenSpan } from '../shared/text.js';
import { connectTo } from '../zmq/address.js';
import type { CurveClientOptions } from '../zmq/curve/client-keys.js';
import { needsIpv6 } from '../zmq/ipv6.js';
import type { ControlReply } from './control-desk.js';

/** A command to a replay, with its parameters. */
export interface ControlCommand {
  readonly command: string;
  readonly [parameter: string]: string | number | undefined;
}

export interface AskOptions {
  /** Address of the replay's control socket. */
  readonly url: string;
  /** Longest wait for a reply, in milliseconds. */
  readonly timeoutMs: number;
  /** Undefined: the replay does not encrypt. */
  readonly keys?: CurveClientOptions | undefined;
}

/**
 * Sends a command to a replay, usually in another process, and waits for its reply. The replay may start within that time.
 *
 * @throws TcsReplayError `BAD_ADDRESS`; `NO_ANSWER`: there was no reply in time; `SOCKET_FAILED`: the reply is not a replay's
 */
export async function ask(
  command: ControlCommand,
  { url, timeoutMs, keys }: AskOptions,
): Promise<ControlReply> {
  const ipv6 = await needsIpv6([url]);
  const socket = new Request({ receiveTimeout: timeoutMs, sendTimeout: timeoutMs, linger: 0, ipv6, ...keys });
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
    await connectTo(url, () => socket.connect(url));
    await socket.send(JSON.stringify(command));
    const [answer] = await socket.receive();
    return replyIn(answer, url);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    const within = givenSpan(timeoutMs / 1000);
    const message = isThere
      ? `The replay at ${url} did not answer ${command.command} within ${within}: it may still do it; wait longer with --timeout`
      : isRefused
        ? `The replay at ${url} did not let this in within ${within}: give the keys that it asks for`
        : `Nobody answered at ${url} within ${within}: start a replay with --control ${url}`;
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
    // Not JSON: the error below says so.
  }
  throw new TcsReplayError(
    'SOCKET_FAILED',
    `What answers at ${url} is no replay: ${answer.length} bytes of something else`,
  );
}
