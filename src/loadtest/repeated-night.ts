import type { Playable } from '../playback/player.js';
import { inOrderOfTime, type Source, wholeOf } from '../sources/source.js';
import type { Archive, Pass, Runs } from '../timeline/archive.js';
import { type Run, Timeline } from '../timeline/timeline.js';
import { PreloadedSource } from './preloaded-source.js';
import { VirtualSource } from './virtual-source.js';

/** The phases of virtual telescopes are multiples of the golden ratio's fraction of this: no two send together. */
const PHASES_WITHIN_S = 0.25;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** The part that is played is kept in memory, if it takes no more: some 150,000 events. */
const MOST_PRELOADED_BYTES = 64 << 20;
/** Recorded time between the last event of a repetition and the first of the next one. */
const SEAM_S = 0.001;

/** One time that the events are played. */
interface Repetition {
  readonly runs: Runs;
  /** The next one is read from this recorded time on, so that its first events are there in time; Unix seconds. */
  readonly halfwayS: number;
  readonly virtual: readonly VirtualSource[];
}

/**
 * What a load test plays: the events of an archive again and again, without end, by as many telescopes as are wanted. Each
 * repetition is later than the one before, so that recorded times ascend; its reading begins while the one before is played.
 * It is played from its start only: each seek leads there.
 */
export class RepeatedNight implements Playable {
  readonly firstTimeS: number;
  /** It does not end. */
  readonly lastTimeS = Number.NEGATIVE_INFINITY;
  private readonly _archive: Archive;
  private readonly _telescopes: number;
  /** Undefined: they do not fit into memory, and are read each time. */
  private readonly _preloaded: readonly Source[] | undefined;

  /**
   * Reads the events into memory, if they fit.
   *
   * @param telescopes 1 or more: topics of the second one begin with `t2.`
   * @param mostBytes of events that are kept in memory
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  static async of(
    archive: Archive,
    telescopes: number,
    mostBytes = MOST_PRELOADED_BYTES,
  ): Promise<RepeatedNight> {
    // Mock events do not end.
    const doEnd = Number.isFinite(archive.lastTimeS);
    const preloaded = doEnd ? await PreloadedSource.readAll(archive.sources, mostBytes) : undefined;
    // From then on the recordings are not read any more.
    if (preloaded !== undefined) await archive.watch.look();
    return new RepeatedNight(archive, telescopes, preloaded);
  }

  private constructor(archive: Archive, telescopes: number, preloaded: readonly Source[] | undefined) {
    this.firstTimeS = archive.firstTimeS;
    this._archive = archive;
    this._telescopes = telescopes;
    this._preloaded = preloaded;
  }

  pass({ prime }: { readonly prime: boolean }): Pass {
    return {
      past: prime ? this._archive.past() : Promise.resolve([]),
      timeline: this._fromStart(),
    };
  }

  /** Begins again with the first event, whatever the time. The past is not sent again. */
  async seek(): Promise<Pass> {
    return { past: Promise.resolve([]), timeline: this._fromStart() };
  }

  private _fromStart(): Repetitions {
    return new Repetitions((number) => this._repetition(number));
  }

  private _repetition(number: number): Repetition {
    const laterS = number * this._periodS;
    const all = Array.from({ length: this._telescopes }, (_, telescope) =>
      (this._preloaded ?? this._archive.sources).map((source) => sourceOf(source, telescope, laterS)),
    ).flat();
    const virtual = all.filter((source) => source instanceof VirtualSource);
    const watch = this._preloaded === undefined ? this._archive.watch : undefined;
    const runs = new Timeline(inOrderOfTime(all).map(wholeOf), watch);
    return { runs, halfwayS: this._halfwayS(number), virtual };
  }

  private _halfwayS(number: number): number {
    return this._archive.firstTimeS + (number + 0.5) * this._periodS;
  }

  private get _periodS(): number {
    const spanS = this._archive.lastTimeS - this._archive.firstTimeS;
    const seamS = this._telescopes === 1 ? SEAM_S : PHASES_WITHIN_S;
    return (spanS > 0 && spanS < Number.POSITIVE_INFINITY ? spanS : 0) + seamS;
  }
}

function sourceOf(source: Source, telescope: number, laterS: number): Source {
  if (telescope === 0) return laterS === 0 ? source : new VirtualSource(source, { laterS });
  const phaseS = PHASES_WITHIN_S * ((telescope * GOLDEN) % 1);
  return new VirtualSource(source, { laterS: laterS + phaseS, prefix: `t${telescope + 1}.` });
}

class Repetitions implements Runs {
  private _current: Repetition;
  private _next: Repetition | undefined;
  private readonly _repetition: (number: number) => Repetition;
  /** Repetitions that were begun after the first one. */
  private _begun = 0;
  private _events = 0;
  private _isOver = false;
  private _isReady = false;

  /** @param repetition begins to read the events, for the first time with 0 */
  constructor(repetition: (number: number) => Repetition) {
    this._repetition = repetition;
    this._current = repetition(0);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Run, undefined>> {
    // The plan begins with the first event: those of the other telescopes must be there by then.
    if (!this._isReady) await Promise.all(this._current.virtual.map(({ ready }) => ready));
    this._isReady = true;
    while (!this._isOver) {
      const next = await this._current.runs.next();
      if (next.done !== true) {
        const { batch, first, end } = next.value;
        this._events += end - first;
        if (batch.dueS[end - 1] >= this._current.halfwayS) this._next ??= this._begin();
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
    await Promise.all([this._current, this._next].map((repetition) => repetition && closed(repetition)));
    return { done: true, value: undefined };
  }

  private _begin(): Repetition {
    this._begun += 1;
    return this._repetition(this._begun);
  }
}

async function closed({ runs, virtual }: Repetition): Promise<void> {
  await Promise.all([runs.return(), ...virtual.map((source) => source.close())]);
}
