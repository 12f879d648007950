import type { Playable } from '../playback/player.js';
import { inOrderOfTime, type Source, wholeOf } from '../sources/source.js';
import type { Archive, Pass, Runs } from '../timeline/archive.js';
import { type Run, Timeline } from '../timeline/timeline.js';
import { VirtualSource } from './virtual-source.js';

/** The phases of virtual telescopes are multiples of the golden ratio's fraction of this: no two send together. */
const PHASES_WITHIN_S = 1;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Recorded time between the last event of a repetition and the first of the next one. */
const SEAM_S = 0.001;
/** The next repetition is read from here on, so that its first events are there in time. */
const AHEAD_FROM_SHARE = 0.5;

/**
 * What a load test plays: the events of an archive again and again, without end, by as many telescopes as are wanted. Each
 * repetition is later than the one before, so that recorded times ascend; its reading begins while the one before is played.
 * It can be played from its start only.
 */
export class RepeatedNight implements Playable {
  readonly lastTimeS = Number.NEGATIVE_INFINITY;
  private readonly _archive: Archive;
  private readonly _telescopes: number;

  /** @param telescopes 1 or more: topics of the second one begin with `t2.` */
  constructor(archive: Archive, telescopes: number) {
    this._archive = archive;
    this._telescopes = telescopes;
  }

  pass({ prime }: { readonly prime: boolean }): Pass {
    const { past, timeline } = this._archive.pass({ prime });
    if (this._telescopes === 1) return { past, timeline: this._repeated(timeline) };
    void timeline.return();
    return { past, timeline: this._repeated(this._repetition(0)) };
  }

  seek(): Promise<Pass> {
    return Promise.reject(new Error('a load test is played from its start only'));
  }

  private _repeated(first: Runs): Runs {
    const { firstTimeS, lastTimeS } = this._archive;
    const spanS = lastTimeS - firstTimeS;
    const periodS = (spanS > 0 && spanS < Number.POSITIVE_INFINITY ? spanS : 0) + SEAM_S;
    return new Repetitions(first, (number) => this._repetition(number * periodS));
  }

  private _repetition(laterS: number): Runs {
    const { sources } = this._archive;
    const all = Array.from({ length: this._telescopes }, (_, telescope) =>
      sources.map((source) => virtual(source, telescope, laterS)),
    ).flat();
    return new Timeline(inOrderOfTime(all).map(wholeOf));
  }
}

function virtual(source: Source, telescope: number, laterS: number): Source {
  if (telescope === 0) return laterS === 0 ? source : new VirtualSource(source, { laterS });
  const phaseS = PHASES_WITHIN_S * ((telescope * GOLDEN) % 1);
  return new VirtualSource(source, { laterS: laterS + phaseS, prefix: `t${telescope + 1}.` });
}

class Repetitions implements Runs {
  private _current: Runs;
  private _next: Runs | undefined;
  private readonly _repetition: (number: number) => Runs;
  /** Repetitions that were begun. */
  private _begun = 0;
  private _events = 0;
  private _isOver = false;

  /** @param repetition begins to read the events again, for the first time with 1 */
  constructor(first: Runs, repetition: (number: number) => Runs) {
    this._current = first;
    this._repetition = repetition;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Run, undefined>> {
    while (!this._isOver) {
      const next = await this._current.next();
      if (next.done !== true) {
        const { first, end, shareAtEnd } = next.value;
        this._events += end - first;
        if (shareAtEnd >= AHEAD_FROM_SHARE) this._next ??= this._begin();
        return next;
      }
      // There is nothing to repeat.
      if (this._events === 0) break;
      this._events = 0;
      this._current = this._next ?? this._begin();
      this._next = undefined;
    }
    return this.return();
  }

  async return(): Promise<IteratorResult<Run, undefined>> {
    this._isOver = true;
    await Promise.all([this._current.return(), this._next?.return()]);
    return { done: true, value: undefined };
  }

  private _begin(): Runs {
    this._begun += 1;
    return this._repetition(this._begun);
  }
}
