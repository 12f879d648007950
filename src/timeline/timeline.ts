import type { Batch } from '../batch/batch.js';
import { EVENTS_AHEAD, findStrays, SLACK_S } from '../batch/strays.js';
import { type PlacedBatch, type Rest, type Source, startOf } from '../sources/source.js';
import type { SourceWatch } from './source-watch.js';

/** Events that follow each other in a batch and in the order of play. */
export interface Run {
  readonly source: Source;
  readonly batch: Batch;
  /** Index of the first event. The batch's first run begins at 0, also where the batch is empty. */
  readonly first: number;
  /** Index just past the last one. */
  readonly end: number;
  /** Share of the timeline that has been read when this run ends: 0 to 1. */
  readonly shareAtEnd: number;
  /** Indices in the batch of events whose clock was wrong, as `findStrays` tells; undefined: there are none. */
  readonly strays?: ReadonlySet<number> | undefined;
}

/** Most bytes of batches, and most batches, that are read ahead to judge the last events of one. */
const [MOST_BYTES_AHEAD, MOST_BATCHES_AHEAD] = [8 << 20, 64];

/**
 * Merges sources into one sequence by time. Each source keeps its own order: the place of an event is the latest time
 * that its source has reached with it. At equal places the earlier source comes first. Where the times of a source step back
 * further than events are out of order, as when its clock was set back, its place steps back too. Strays, whose clock was
 * wrong, have the place of the event before them.
 *
 * A source is read from the time when its first event may be due; the source after it is read ahead, so that its first
 * event is there in time.
 */
export class Timeline implements AsyncIterableIterator<Run> {
  private readonly _cursors: Cursor[];
  /** Number of cursors that have been begun; the one after them is read ahead already. */
  private _begun = 0;
  private readonly _active: Cursor[] = [];
  /** The cursor of the run that was yielded last. */
  private _last: Cursor | undefined;
  private readonly _sizeBytes: number;
  /** Size of the sources that have been read to their end, in bytes. */
  private _doneBytes: number;
  private readonly _watch: SourceWatch | undefined;

  /**
   * Begins to read the first source.
   *
   * @param rests what is played of each source, in order of time
   * @param watch looks for changes of the sources where damage is met, and at the end
   */
  constructor(rests: readonly Rest[], watch?: SourceWatch) {
    this._watch = watch;
    const sizeOf = (some: readonly Rest[]) => some.reduce((sum, { source }) => sum + source.sizeBytes, 0);
    const isDone = ({ shareBefore }: Rest) => shareBefore === 1;
    this._cursors = rests.filter((rest) => !isDone(rest)).map((rest, i) => new Cursor(rest, i));
    this._sizeBytes = sizeOf(rests);
    this._doneBytes = sizeOf(rests.filter(isDone));
    this._cursors[0]?.readAhead();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Run, undefined>> {
    // The next batch is fetched only now, so that the last run was not delayed by it.
    if (this._last?.isBatchDone === true) await this._nextBatch(this._last);
    await this._begin();
    const cursor = this._earliest();
    if (cursor === undefined) {
      await this._watch?.look();
      return { done: true, value: undefined };
    }
    this._last = cursor;
    const { batch, at: first } = cursor;
    cursor.advance(this._limitOf(cursor));
    return {
      done: false,
      value: {
        source: cursor.source,
        batch,
        first,
        end: cursor.at,
        shareAtEnd: this._share(),
        strays: cursor.strays,
      },
    };
  }

  /** Ends the reading of all sources. */
  async return(): Promise<IteratorResult<Run, undefined>> {
    this._active.length = 0;
    this._begun = this._cursors.length;
    this._last = undefined;
    await Promise.all(this._cursors.map((cursor) => cursor.close()));
    await this._watch?.look();
    return { done: true, value: undefined };
  }

  /** Begins the sources whose first event may come next. */
  private async _begin(): Promise<void> {
    for (;;) {
      const next = this._cursors[this._begun];
      if (next === undefined || (this._earliest()?.placeS ?? Number.POSITIVE_INFINITY) < next.placeS) return;
      this._begun += 1;
      next.readAhead();
      this._cursors[this._begun]?.readAhead();
      this._active.push(next);
      await this._nextBatch(next);
    }
  }

  private async _nextBatch(cursor: Cursor): Promise<void> {
    if (await this._read(cursor)) {
      if (cursor.batch.damage.length > 0) this._watch?.look();
      return;
    }
    this._active.splice(this._active.indexOf(cursor), 1);
    this._doneBytes += cursor.readBytes;
    if (this._last === cursor) this._last = undefined;
  }

  /** @throws the error of reading, with what has changed since the source was opened */
  private async _read(cursor: Cursor): Promise<boolean> {
    try {
      return await cursor.nextBatch();
    } catch (error) {
      await this._watch?.look();
      throw this._watch?.explained(error, cursor.source) ?? error;
    }
  }

  private _earliest(): Cursor | undefined {
    return earliestOf(this._active);
  }

  /** The cursor whose next event ends a run of this one: another active cursor, or that of a source yet to begin. */
  private _limitOf(cursor: Cursor): Cursor | undefined {
    const others = this._active.filter((other) => other !== cursor);
    // A source that is yet to begin comes last: at an equal place all others come before it.
    const next = this._cursors[this._begun];
    return earliestOf(next === undefined ? others : [...others, next]);
  }

  private _share(): number {
    const readBytes = this._active.reduce((sum, cursor) => sum + cursor.readBytes, this._doneBytes);
    return this._sizeBytes === 0 ? 0 : readBytes / this._sizeBytes;
  }
}

function earliestOf(cursors: readonly Cursor[]): Cursor | undefined {
  let earliest: Cursor | undefined;
  for (const cursor of cursors) {
    if (earliest === undefined || isBefore(cursor, earliest)) earliest = cursor;
  }
  return earliest;
}

function isBefore(a: Cursor, b: Cursor): boolean {
  return a.placeS < b.placeS || (a.placeS === b.placeS && a.index < b.index);
}

/** Stands before the first batch, and after the last one, which it frees. */
const NONE = { count: 0 } as Batch;

/** The position in one source up to which it has been merged. */
class Cursor {
  readonly index: number;
  private readonly _rest: Rest;
  private _batches: AsyncIterator<PlacedBatch> | undefined;
  private _placed: PlacedBatch;
  /** Batches after this one that have been read, to judge its last events. */
  private readonly _ahead: PlacedBatch[] = [];
  private _shareBefore: number;
  /** The latest due time that the source has reached with the batches so far, in Unix seconds. */
  private _reachedS: number;
  /** As `Run.strays`. */
  strays: ReadonlySet<number> | undefined;
  /** Index in the batch of the next event. */
  at = 0;
  /** Place of that event: the latest time that the source has reached with it, in Unix seconds. */
  placeS: number;

  constructor(rest: Rest, index: number) {
    this._rest = rest;
    this.index = index;
    this.placeS = startOf(rest);
    this._reachedS = this.placeS;
    this._shareBefore = rest.shareBefore;
    this._placed = { batch: NONE, shareAtEnd: rest.shareBefore };
  }

  get source(): Source {
    return this._rest.source;
  }

  get batch(): Batch {
    return this._placed.batch;
  }

  get isBatchDone(): boolean {
    return this.at === this.batch.count;
  }

  /** Part of the source that has been merged, in bytes. */
  get readBytes(): number {
    const part = this.batch.count === 0 ? 1 : this.at / this.batch.count;
    const share = this._shareBefore + part * (this._placed.shareAtEnd - this._shareBefore);
    return share * this.source.sizeBytes;
  }

  readAhead(): void {
    this._batches ??= this._rest.batches();
  }

  /** Goes to the next batch, once reading has begun. @returns false at the end of the source */
  async nextBatch(): Promise<boolean> {
    const next = this._ahead.shift() ?? (await this._read());
    this._shareBefore = this._placed.shareAtEnd;
    this._placed = next ?? { batch: NONE, shareAtEnd: 1 };
    this.strays = next && (await this._straysOf(next.batch));
    this.at = 0;
    this._reach();
    return next !== undefined;
  }

  private async _read(): Promise<PlacedBatch | undefined> {
    const next = await this._batches?.next();
    return next === undefined || next.done === true ? undefined : next.value;
  }

  private async _straysOf({ dueS, count }: Batch): Promise<ReadonlySet<number> | undefined> {
    if (this.source.isLive === true) return undefined;
    let found = findStrays(dueS, count, this._reachedS);
    if (found.needsMore) {
      const more = await this._timesAhead();
      if (more.length > 0) found = findStrays([...dueS, ...more], count, this._reachedS);
    }
    this._reachedS = found.placeS;
    return found.strays;
  }

  /** Due times of the next events after the batch, from further batches. */
  private async _timesAhead(): Promise<number[]> {
    const timesS: number[] = [];
    let sizeBytes = 0;
    for (let i = 0; i < MOST_BATCHES_AHEAD; i++) {
      if (timesS.length >= EVENTS_AHEAD || sizeBytes >= MOST_BYTES_AHEAD) break;
      if (i === this._ahead.length) {
        const next = await this._read();
        if (next === undefined) break;
        this._ahead.push(next);
      }
      const { batch } = this._ahead[i];
      sizeBytes += batch.sizeBytes;
      timesS.push(...batch.dueS.subarray(0, EVENTS_AHEAD - timesS.length));
    }
    return timesS;
  }

  /** Passes at least one event, and all events that come before the next one of another cursor. */
  advance(other: Cursor | undefined): void {
    const { count } = this.batch;
    if (other === undefined) this.at = count;
    while (this.at < count) {
      this.at += 1;
      this._reach();
      if (other !== undefined && isBefore(other, this)) return;
    }
  }

  async close(): Promise<void> {
    await this._batches?.return?.();
  }

  private _reach(): void {
    // An event without a usable time takes its place right after the one before it.
    if (this.at === this.batch.count || this.strays?.has(this.at) === true) return;
    const keyS = this.batch.keyS[this.at];
    if (keyS > this.placeS || keyS < this.placeS - SLACK_S) this.placeS = keyS;
  }
}
