import type { TopicRow } from '../database/events/event-rows.js';
import { lastOfEach } from '../database/events/states-by-steps.js';
import { isSilence, type SilenceSearch } from '../database/places/silence.js';
import { newSearch, type Search } from '../database/places/table-place.js';
import type { TableShape } from '../database/places/time-rows.js';
import type { OnPreparation } from '../database/preparation.js';
import type { ReadRules } from '../database/recording.js';
import type { RowRange, Rows } from '../database/rows.js';
import type { AnyRecording } from '../formats/file-recording.js';
import type { DecoderPool } from '../prepare/decoder-pool.js';
import type { Arrangement } from '../prepare/prepared-facts.js';
import type { StateFile } from '../prepare/state-file.js';
import { type Notable, STRETCH_EVENTS, type Stretch } from '../prepare/topic-notes.js';
import type { Silence, TimeRange } from '../selection/time-ranges.js';
import type { OrderOptions, OrderPlace, PlayOrder } from './play-order.js';
import { piecesOfTable, type RowPiece, shareBefore } from './row-pieces.js';
import { pastUntil, startOf } from './source.js';

/** With fewer rows, reading their topics is faster than noting them. */
const FEWEST_ROWS = BigInt(4 * STRETCH_EVENTS);
/** Stretches whose ends are found in one task. */
const STRETCHES_A_SPLIT = 4;

/** Plays a recording in the order of its event table. */
export class TableOrder implements PlayOrder {
  private readonly _pool: DecoderPool;
  private readonly _recording: AnyRecording;
  private _rules: ReadRules;
  /** Rows that can hold events that are played. */
  private _rows: readonly RowRange[];
  private readonly _onPreparation: OnPreparation | undefined;
  /** Set when it is first needed. */
  private _shape: Promise<TableShape> | undefined;
  private _notes: Promise<StateFile> | undefined;

  constructor(
    pool: DecoderPool,
    recording: AnyRecording,
    { rules, onPreparation }: Pick<OrderOptions, 'rules' | 'onPreparation'>,
  ) {
    this._pool = pool;
    this._recording = recording;
    this._rules = rules;
    this._onPreparation = onPreparation;
    this._rows = recording.rows === undefined ? [] : [recording.rows];
  }

  get firstKeyS(): number {
    return this._recording.firstTimeS;
  }

  get mayPlay(): boolean {
    return this._rows.length > 0;
  }

  async select(ranges: readonly TimeRange[]): Promise<void> {
    const { _recording: recording } = this;
    this._rules = { ...this._rules, ranges };
    const { rows: extent } = recording;
    if (extent === undefined) return;
    const shape = await this._shapeOf(extent);
    this._rows = await this._pool.run('rows', { recording, rules: this._rules, extent, shape, ranges });
  }

  pieces(batchEvents: number): AsyncGenerator<RowPiece> {
    return this._piecesFrom(undefined, batchEvents);
  }

  piecesFrom(row: bigint, batchEvents: number): AsyncGenerator<RowPiece> {
    return this._piecesFrom(row, batchEvents);
  }

  async arrangement(): Promise<Arrangement> {
    const { rows: extent } = this._recording;
    return extent === undefined ? 'small' : (await this._shapeOf(extent)).kind;
  }

  async countsBetween(cutsS: Float64Array<ArrayBuffer>): Promise<Float64Array> {
    const { _recording: recording, _rules: rules } = this;
    const { rows: extent } = recording;
    if (extent === undefined) return new Float64Array(cutsS.length - 1);
    const shape = await this._shapeOf(extent);
    return this._pool.run('counts', { recording, rules, extent, shape, cutsS });
  }

  async nextSilence(fromS: number, minS: number, signal: AbortSignal | undefined): Promise<Silence> {
    const { _recording: recording, _rules: rules, _rows: rows } = this;
    const { rows: extent } = recording;
    const none = { fromS, toS: Number.POSITIVE_INFINITY };
    if (extent === undefined) return none;
    const shape = await this._shapeOf(extent);
    if (shape.latestS < fromS) return none;
    let search: SilenceSearch | undefined;
    for (;;) {
      signal?.throwIfAborted();
      const source = { recording, rules, extent, shape, rows };
      const found = await this._pool.run('silence', { ...source, fromS, minS, search });
      if (isSilence(found)) return found;
      search = found;
    }
  }

  async placeOf(timeS: number): Promise<OrderPlace> {
    const isWhole = timeS <= startOf(this);
    const search = isWhole ? undefined : await this._search(timeS, pastUntil(timeS, this._rules.ranges));
    const row = search && this._rowOf(search);
    return {
      shareBefore: row === undefined ? 0 : shareBefore(this._rows, row),
      pieces: (batchEvents) => this._piecesFrom(row, batchEvents),
      lastOfTopics: async () =>
        search === undefined ? this._lastBeforeStart(timeS) : this._lastBefore(search),
      placesOf: (rows) => this._placesOf(rows),
    };
  }

  private async _search(timeS: number, sinceS: number): Promise<Search> {
    const { _recording: recording, _rules: rules } = this;
    const { rows: extent } = recording;
    if (extent === undefined) return newSearch(undefined);
    const shape = await this._shapeOf(extent);
    const place = { timeS, sinceS };
    let search = newSearch(sinceS > shape.latestS ? undefined : extent.first);
    while (search.next !== undefined) {
      search = await this._pool.run('place', { recording, rules, extent, shape, place, search });
    }
    return search;
  }

  /** The first row after the position; where there is none, one behind the last row. */
  private _rowOf({ row }: Search): bigint {
    return row ?? (this._recording.rows?.last ?? 0n) + 1n;
  }

  /** The past where the table is played from its beginning: events before the selection. */
  private async _lastBeforeStart(timeS: number): Promise<TopicRow[]> {
    const { rows: extent } = this._recording;
    const { ranges } = this._rules;
    if (extent === undefined || ranges === undefined) return [];
    const untilS = pastUntil(timeS, ranges);
    // From before all events, since all that is played is ahead.
    const search = () => this._search(Number.NEGATIVE_INFINITY, untilS);
    if (untilS > startOf(this)) return this._lastBefore(await search());
    const { earliestS } = await this._shapeOf(extent);
    return earliestS < untilS ? this._lastOf({ list: (await search()).late }) : [];
  }

  private async _lastBefore(search: Search): Promise<TopicRow[]> {
    const { rows: extent } = this._recording;
    if (extent === undefined) return [];
    const last = this._rowOf(search) - 1n;
    const hasNotes = last - extent.first >= FEWEST_ROWS;
    const noted = hasNotes ? await (await this._notesOf(extent)).upTo(last) : undefined;
    const first = noted === undefined ? extent.first : noted.end + 1n;
    const parts: Rows[] = [
      ...(noted === undefined ? [] : [{ list: noted.rows }]),
      { first, last },
      { list: search.late },
    ];
    return lastOfEach((await Promise.all(parts.map((rows) => this._lastOf(rows)))).flat());
  }

  private _notesOf(extent: RowRange): Promise<StateFile> {
    const { _recording: recording } = this;
    const notable: Notable = {
      recording,
      sortBy: 'none',
      isWhole: recording.damage.length === 0,
      stretches: () => this._stretches(extent),
    };
    this._notes ??= this._pool.note(notable, { onPreparation: this._onPreparation });
    return this._notes;
  }

  private async *_stretches({ first, last }: RowRange): AsyncGenerator<Stretch> {
    const { _recording: recording } = this;
    const rules = { ...this._rules, ranges: undefined, filter: undefined };
    const [eventsABatch, batches] = [STRETCH_EVENTS, STRETCHES_A_SPLIT];
    for (let from = first; from <= last; ) {
      const rest = { recording, rules, first: from, last };
      const ends = await this._pool.run('split', { ...rest, eventsABatch, batches });
      for (const end of ends) {
        const states = this._pool.run('states', { recording, rules, rows: { first: from, last: end } });
        const shareAtEnd = Number(end - first + 1n) / Number(last - first + 1n);
        yield { end, events: STRETCH_EVENTS, shareAtEnd, states };
        from = end + 1n;
      }
      if (ends.length === 0) return;
    }
  }

  private async _lastOf(rows: Rows): Promise<TopicRow[]> {
    const { _recording: recording, _rules: rules } = this;
    const isEmpty = 'list' in rows ? rows.list.length === 0 : rows.last < rows.first;
    return isEmpty ? [] : this._pool.run('states', { recording, rules, rows });
  }

  private async _placesOf(list: BigInt64Array<ArrayBuffer>): Promise<Float64Array> {
    const { _recording: recording, _rules: rules } = this;
    const extent = recording.rows as RowRange;
    const { kind } = await this._shapeOf(extent);
    // In a log an event's own time is enough; otherwise all rows before it must be read.
    const first = kind === 'log' ? undefined : extent.first;
    return this._pool.run('placesOf', { recording, rules, list, first });
  }

  private _shapeOf(extent: RowRange): Promise<TableShape> {
    this._shape ??= this._pool.run('shape', { recording: this._recording, rules: this._rules, extent });
    return this._shape;
  }

  private _piecesFrom(row: bigint | undefined, batchEvents: number): AsyncGenerator<RowPiece> {
    return piecesOfRows(this._pool, this._recording, this._rules, this._rows, batchEvents, row);
  }
}

/** Pieces of rows of a recording, in the order of its table. Parameters as for `piecesOfTable`. */
export function piecesOfRows(
  pool: DecoderPool,
  recording: AnyRecording,
  rules: ReadRules,
  rows: readonly RowRange[],
  batchEvents: number,
  start?: bigint,
): AsyncGenerator<RowPiece> {
  return piecesOfTable(rows, batchEvents, start, ({ first, last }, eventsABatch, batches) =>
    pool.run('split', { recording, rules, first, last, eventsABatch, batches }),
  );
}
