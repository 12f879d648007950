import { BatchBuilder } from '../../batch/batch.js';
import { kindsOfEvent, type Oddity, oddityOf, type Warnings } from '../../batch/warnings.js';
import type { BatchNotes, EventNotes } from '../../encode/batch-notes.js';
import type { Topic } from '../../encode/topic.js';
import type { RowsRead } from './page-reader.js';

/** Stand in the place of an event's index: its topic is not wanted, or its time. */
const [SKIPPED, LEFT_OUT] = [-1, -2];

/** Events that were read in the order of their table, and are put into a batch in the order of a list. */
export class ListWindow implements EventNotes, RowsRead {
  readonly builder = new BatchBuilder();
  oddities: Oddity[] = [];
  /** Row ids of the events that were read, ascending. */
  private readonly _rows: number[] = [];
  /** Of each of these, the index in the builder. */
  private readonly _indices: number[] = [];
  private _appended = 0;
  /** Of each event in the builder. */
  private readonly _topics: Topic[] = [];
  private readonly _to: { readonly builder: BatchBuilder; readonly notes: BatchNotes };

  /** @param to the batch */
  constructor(to: { readonly builder: BatchBuilder; readonly notes: BatchNotes }) {
    this._to = to;
  }

  /** Number of events that were read. */
  get events(): number {
    return this._rows.length;
  }

  get timesForgotten(): number {
    return this._to.notes.timesForgotten;
  }

  topicOf(source: Uint8Array, start: number, end: number): Topic {
    return this._to.notes.topicOf(source, start, end);
  }

  /** The batch's own index is found when the event is put there: it numbers topics as they occur. */
  indexOf(topic: Topic): number {
    this._topics[this.builder.count] = topic;
    return 0;
  }

  note(index: number, kind: keyof Warnings): void {
    this.oddities.push(oddityOf(index, kind));
  }

  forgetOddities(kept: number): void {
    this.oddities.length = kept;
  }

  add(row: number, isWanted: boolean): void {
    const { count } = this.builder;
    const isAppended = count > this._appended;
    this._appended = count;
    this._rows.push(row);
    this._indices.push(isAppended ? count - 1 : isWanted ? LEFT_OUT : SKIPPED);
  }

  forgetFrom(row: number): void {
    const kept = firstFrom(this._rows, row);
    this._rows.length = kept;
    this._indices.length = kept;
    this._appended = this.builder.count;
  }

  clear(): void {
    this.builder.clear();
    this.oddities.length = 0;
    this.forgetFrom(0);
  }

  /** The place of an event among those that were read; undefined where it is not one of them. */
  placeOf(row: number): number | undefined {
    const place = firstFrom(this._rows, row);
    return this._rows[place] === row ? place : undefined;
  }

  /** Appends an event to the batch, if it is wanted. */
  put(place: number): void {
    const index = this._indices[place];
    const { builder, notes } = this._to;
    if (index === SKIPPED) builder.skipped += 1;
    if (index < 0) return;
    for (const kind of kindsOfEvent(this.oddities, index)) notes.note(builder.count, kind);
    builder.addCopy(this.builder, index, notes.indexOf(this._topics[index]));
  }
}

/** Index of the first of ascending numbers that is `least` or larger. */
export function firstFrom(ascending: ArrayLike<number>, least: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
