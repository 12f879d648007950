import { setImmediate as turn } from 'node:timers/promises';
import type { Playback } from '../playback/playback.js';
import { messageOf } from '../shared/errors.js';
import type { Result } from './control-commands.js';
import { ControlError, type ControlFailure, failureOf } from './control-error.js';
import { parseRequest } from './control-request.js';
import type { ControlMessage, ControlSocket } from './control-socket.js';
import { type ControlStatus, controlStatus } from './control-status.js';

/** More requests that take their time are refused: each is memory. */
export const MOST_IN_FLIGHT = 64;
/** Rates are of the last second only where they are looked at this often, whoever asks. */
const LOOK_INTERVAL_MS = 100;

/** The answer to a request: what it asked for beside the status, or why there is none. */
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
 * Answers requests by what a replay says, until it has ended: then whoever still waits is told so.
 *
 * Requests are taken up one a turn of the event loop, so that no number of them holds up the events. Each is answered
 * when it is done: one that takes its time holds up no other.
 *
 * @param onNotice is told if the socket fails; the replay does not
 */
export async function serveControl(
  socket: ControlSocket,
  playback: Playback,
  onNotice: (notice: string) => void = () => {},
): Promise<void> {
  const inFlight = new Set<ControlMessage>();
  const looking = setInterval(() => playback.status(), LOOK_INTERVAL_MS);
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
  } finally {
    clearInterval(looking);
  }
}

/** Does what a message asks for, and answers it: at once, or when it is done. */
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
      // Not where it was answered when the replay ended.
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
