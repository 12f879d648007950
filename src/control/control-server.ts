import { setImmediate as turn } from 'node:timers/promises';
import type { Playback } from '../playback/playback.js';
import { messageOf } from '../shared/errors.js';
import type { Result } from './control-commands.js';
import { ControlError, type ControlFailure, failureOf } from './control-error.js';
import { parseRequest } from './control-request.js';
import type { ControlMessage, ControlSocket } from './control-socket.js';
import { type ControlStatus, controlStatus } from './control-status.js';

/** Most requests that take time and wait for their replies. Further ones are refused, to bound memory. */
export const MOST_IN_FLIGHT = 64;

/** The reply to a request: the status and what was asked for, or an error. */
export type ControlReply = ControlFulfilment | ControlRefusal;

export interface ControlFulfilment extends Result {
  readonly ok: true;
  readonly status: ControlStatus;
}

export interface ControlRefusal {
  readonly ok: false;
  readonly error: ControlFailure;
}

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
  const inFlight = new Set<ControlMessage>();
  const end = () => {
    for (const message of inFlight)
      refuse(message, new ControlError('NOT_PLAYING', 'The replay has ended meanwhile'));
    inFlight.clear();
    socket.close();
  };
  playback.outcome.then(end, end);
  try {
    for await (const message of socket.messages()) {
      take(message, playback, inFlight);
      await turn();
    }
  } catch (error) {
    onNotice(`The control socket failed, the replay goes on without it: ${messageOf(error)}`);
  }
}

/** Carries out the request in a message and replies to it, at once or when it is done. */
function take(message: ControlMessage, playback: Playback, inFlight: Set<ControlMessage>): void {
  try {
    const { command, parameters } = parseRequest(message.frames);
    if (command.takesTime && inFlight.size >= MOST_IN_FLIGHT) {
      throw new ControlError(
        'BUSY',
        `${MOST_IN_FLIGHT} requests wait for their answers: ask again when some have theirs`,
      );
    }
    const result = command.run(playback, parameters);
    if (!(result instanceof Promise)) {
      fulfil(message, result, playback);
      return;
    }
    inFlight.add(message);
    result.then(
      // Unless it got its reply when the replay ended.
      (done) => inFlight.delete(message) && fulfil(message, done, playback),
      (error) => inFlight.delete(message) && refuse(message, error),
    );
  } catch (error) {
    refuse(message, error);
  }
}

function fulfil(message: ControlMessage, result: Result, playback: Playback): void {
  answer(message, { ok: true, ...result, status: controlStatus(playback.status()) });
}

function refuse(message: ControlMessage, error: unknown): void {
  answer(message, { ok: false, error: failureOf(error) });
}

function answer(message: ControlMessage, reply: ControlReply): void {
  message.answer(JSON.stringify(reply));
}
