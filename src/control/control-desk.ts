import type { Playback } from '../playback/playback.js';
import type { Result } from './control-commands.js';
import { ControlError, type ControlFailure, failureOf } from './control-error.js';
import type { ControlRequest } from './control-request.js';
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

type Answer = (reply: ControlReply) => void;

/**
 * Carries out requests for a replay, whichever door they came in by: the control socket is one, the page in the browser another.
 * When the replay ends, requests that still wait get the error `NOT_PLAYING`.
 */
export class ControlDesk {
  private readonly _playback: Playback;
  private readonly _inFlight = new Set<Answer>();

  constructor(playback: Playback) {
    this._playback = playback;
    const end = () => {
      for (const answer of this._inFlight)
        answer(refusal(new ControlError('NOT_PLAYING', 'The replay has ended meanwhile')));
      this._inFlight.clear();
    };
    playback.outcome.then(end, end);
  }

  /**
   * Carries out a request and replies to it, at once or when it is done: a request that takes time does not delay others.
   *
   * @param parse returns the request; its errors are replies too
   * @param answer called once; it must not throw
   */
  take(parse: () => ControlRequest, answer: Answer): void {
    const reply = this._replyTo(parse);
    if (!(reply instanceof Promise)) {
      answer(reply);
      return;
    }
    this._inFlight.add(answer);
    // Unless it got its reply when the replay ended.
    void reply.then((late) => this._inFlight.delete(answer) && answer(late));
  }

  /** @returns the reply, or a promise of it that does not reject */
  private _replyTo(parse: () => ControlRequest): ControlReply | Promise<ControlReply> {
    try {
      const { command, parameters } = parse();
      if (command.takesTime && this._inFlight.size >= MOST_IN_FLIGHT) {
        throw new ControlError(
          'BUSY',
          `${MOST_IN_FLIGHT} requests wait for their answers: ask again when some have theirs`,
        );
      }
      const result = command.run(this._playback, parameters);
      if (!(result instanceof Promise)) return this._fulfilment(result);
      return result.then((done) => this._fulfilment(done)).catch(refusal);
    } catch (error) {
      return refusal(error);
    }
  }

  private _fulfilment(result: Result): ControlFulfilment {
    return { ok: true, ...result, status: controlStatus(this._playback.status()) };
  }
}

function refusal(error: unknown): ControlRefusal {
  return { ok: false, error: failureOf(error) };
}
