import { TcsReplayError } from '../shared/errors.js';
import type { SearchOptions } from '../timeline/archive.js';
import type { SearchStatus } from './search-status.js';

interface Search {
  readonly what: string;
  readonly beganMs: number;
  readonly controller: AbortController;
  /** Share of the recordings that stands before the position, once something has been read. */
  firstShare: number;
  share: number;
}

/** Searches ahead, one at a time. A search can take as long as reading the rest of the recordings: each command ends it. */
export class Searches {
  private readonly _stopped: AbortSignal;
  private _current: Search | undefined;

  /** @param stopped aborted when the replay is to end */
  constructor(stopped: AbortSignal) {
    this._stopped = stopped;
    stopped.addEventListener('abort', () => this._end(endedMeanwhile()));
  }

  /** The search that is under way; undefined: there is none. */
  get status(): SearchStatus | undefined {
    if (this._current === undefined) return undefined;
    const { what, beganMs, firstShare, share } = this._current;
    return {
      what,
      elapsedS: (performance.now() - beganMs) / 1000,
      share: firstShare < 1 ? (share - firstShare) / (1 - firstShare) : Number.NaN,
    };
  }

  /** Ends the search that is under way, if there is one: it rejects with `GIVEN_UP`. */
  giveUp(): void {
    this._end(
      new TcsReplayError(
        'GIVEN_UP',
        `Stopped searching for ${this._current?.what}: another command came meanwhile`,
      ),
    );
  }

  /**
   * Searches, in place of the search that is under way.
   *
   * @param what is searched for: see `SearchStatus`
   * @param find rejects soon after its signal is aborted
   * @throws TcsReplayError `GIVEN_UP`: a later command ended the search; `NOT_PLAYING`: the end of the replay did;
   * errors of `find`
   */
  async run<T>(what: string, find: (options: SearchOptions) => Promise<T>): Promise<T> {
    if (this._stopped.aborted) throw endedMeanwhile();
    this.giveUp();
    const controller = new AbortController();
    const { signal } = controller;
    const search: Search = { what, beganMs: performance.now(), controller, firstShare: Number.NaN, share: 0 };
    this._current = search;
    const ended = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason)),
    );
    const onShare = (share: number) => {
      if (Number.isNaN(search.firstShare)) search.firstShare = share;
      search.share = share;
    };
    try {
      // What is being read when the search ends is not waited for.
      return await Promise.race([find({ signal, onShare }), ended]);
    } finally {
      if (this._current === search) this._current = undefined;
    }
  }

  private _end(reason: TcsReplayError): void {
    this._current?.controller.abort(reason);
    this._current = undefined;
  }
}

function endedMeanwhile(): TcsReplayError {
  return new TcsReplayError('NOT_PLAYING', 'The replay has ended meanwhile');
}
