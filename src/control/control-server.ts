import { setImmediate as turn } from 'node:timers/promises';
import type { Playback } from '../playback/playback.js';
import { messageOf } from '../shared/errors.js';
import { ControlDesk } from './control-desk.js';
import { parseRequest } from './control-request.js';
import type { ControlSocket } from './control-socket.js';

/**
 * Replies to requests until the replay has ended. Requests that still wait then get the error `NOT_PLAYING`.
 *
 * One request is taken up per turn of the event loop, so that requests do not delay events. Each gets its reply when it is
 * done: a request that takes time does not delay others.
 *
 * @param onNotice called if the socket fails, which does not end the replay
 */
export async function serveControl(
  socket: ControlSocket,
  playback: Playback,
  onNotice: (notice: string) => void = () => {},
): Promise<void> {
  // Before the socket is closed, so that the last replies are sent.
  const desk = new ControlDesk(playback);
  const end = () => socket.close();
  playback.outcome.then(end, end);
  try {
    for await (const message of socket.messages()) {
      desk.take(
        () => parseRequest(message.frames),
        (reply) => message.answer(JSON.stringify(reply)),
      );
      await turn();
    }
  } catch (error) {
    onNotice(`The control socket failed, the replay goes on without it: ${messageOf(error)}`);
  }
}
