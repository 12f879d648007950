import type { TopicRow } from '../database/events/event-rows.js';
import { lastOfEach } from '../database/events/states-by-steps.js';
import type { OrderedRows, OrderFile } from '../database/order/order-file.js';
import type { SortBy } from '../database/order/sort-by.js';
import type { Look, Seen } from '../database/places/silence.js';
import type { OnPreparation } from '../database/preparation.js';
import type { ReadRules } from '../database/recording.js';
import type { AnyRecording } from '../formats/file-recording.js';
import type { DecoderPool } from '../prepare/decoder-pool.js';
import type { Arrangement } from '../prepare/prepared-facts.js';
import type { SortedRecording } from '../prepare/recording-order.js';
import type { StateFile } from '../prepare/state-file.js';
import { type Notable, STRETCH_EVENTS, type Stretch } from '../prepare/topic-notes.js';
import { RangeCursor, type Silence, type TimeRange } from '../selection/time-ranges.js';
import type { OrderOptions, OrderPlace, PlayOrder } from './play-order.js';
import { piecesInOrder, type RowPiece } from './row-pieces.js';
import { seenSilence } from './seen-silence.js';
import { pastUntil, startOf } from './source.js';

/** Entries that are read at a time. */
const ENTRIES_A_LOOK = STRETCH_EVENTS;
/** With fewer entries, reading their topics is faster than noting them. */
const FEWEST_ENTRIES = 4 * STRETCH_EVENTS;

/** Plays a recording in the order of a time, which an order file holds. */
export class TimeOrder implements PlayOrder {
  readonly firstKeyS: number;
  readonly mayPlay: boolean;
  private readonly _pool: DecoderPool;
  private readonly _recording: AnyRecording;
  private readonly _order: OrderFile;
  private readonly _sortBy: SortBy;
  private readonly _isWhole: boolean;
  private readonly _onPreparation: OnPreparation | undefined;
  private _rules: ReadRules;
  private _notes: Promise<StateFile> | undefined;

  constructor(
    pool: DecoderPool,
    recording: AnyRecording,
    { order, damage }: SortedRecording,
    { rules, sortBy, onPreparation }: OrderOptions,
  ) {
    this._pool = pool;
    this._recording = recording;
    this._order = order;
    this._sortBy = sortBy;
    this._isWhole = recording.damage.length === 0 && damage.length === 0;
    this._rules = rules;
    this._onPreparation = onPreparation;
    this.firstKeyS = order.firstKeyS;
    this.mayPlay = recording.rows !== undefined;
  }

  /** The order file holds the due time of each event: nothing has to be searched for. */
  async select(ranges: readonly TimeRange[]): Promise<void> {
    this._rules = { ...this._rules, ranges };
  }

  pieces(batchEvents: number): AsyncGenerator<RowPiece> {
    return piecesInOrder(this._order, this._rules.ranges, batchEvents, 0);
  }

  piecesFrom(row: bigint, batchEvents: number): AsyncGenerator<RowPiece> {
    return piecesInOrder(this._order, this._rules.ranges, batchEvents, Number(row));
  }

  async arrangement(): Promise<Arrangement> {
    return 'sorted';
  }

  async countsBetween(cutsS: Float64Array<ArrayBuffer>): Promise<Float64Array> {
    const counts = new Float64Array(cutsS.length - 1);
    let before = await this._order.placeOf(cutsS[0]);
    for (const i of counts.keys()) {
      const at = await this._order.placeOf(cutsS[i + 1], before);
      counts[i] = at - before;
      before = at;
    }
    return counts;
  }

  async nextSilence(fromS: number, minS: number, signal: AbortSignal | undefined): Promise<Silence> {
    return seenSilence({
      ranges: [{ first: 0n, last: BigInt(this._order.count - 1) }],
      first: await this._firstAt(fromS),
      isAscending: true,
      see: (look) => this._see(look),
      ...{ fromS, minS, signal },
    });
  }

  private async _see({ first, count, isBack }: Look): Promise<Seen> {
    const from = isBack ? Math.max(0, Number(first) - count) : Number(first);
    const { keyS, dueS } = await this._order.read(from, isBack ? Number(first) - from : count);
    const { ranges } = this._rules;
    const selected = ranges && new RangeCursor(ranges);
    const timesS = Array.from(keyS, (timeS, i) =>
      selected?.isWithin(dueS[i]) === false || !Number.isFinite(timeS) ? Number.NaN : timeS,
    );
    return { timesS, end: keyS.length === 0 ? undefined : BigInt(from + keyS.length - 1) };
  }

  async placeOf(timeS: number): Promise<OrderPlace> {
    const { _order: order } = this;
    const at = await this._firstAt(timeS);
    return {
      shareBefore: order.count === 0 ? 1 : at / order.count,
      pieces: (batchEvents) => piecesInOrder(order, this._rules.ranges, batchEvents, at),
      lastOfTopics: () => this._lastOfTopics(timeS, at),
      placesOf: (list) =>
        this._pool.run('placesOf', {
          recording: this._recording,
          rules: this._rules,
          list,
          first: undefined,
        }),
    };
  }

  /** Index of the first entry at a time or after it. Entries without a time have the place of the first one with a time. */
  private async _firstAt(timeS: number): Promise<number> {
    return timeS <= startOf(this) ? 0 : this._order.placeOf(timeS);
  }

  /**
   * The past of entry `at`: events before `pastUntil`, but for those that are played from `at` on; and events that are
   * played before `at`.
   */
  private async _lastOfTopics(timeS: number, at: number): Promise<TopicRow[]> {
    const { ranges } = this._rules;
    const untilS = pastUntil(timeS, ranges);
    if (ranges === undefined || untilS === timeS) return this._lastBefore(at);
    const until = await this._firstAt(untilS);
    const between = this._entries(Math.min(at, until), Math.max(at, until));
    return lastOfEach([
      ...(await this._lastBefore(Math.min(at, until))),
      ...(await this._lastOf(arePlayed(between, ranges, until < at))),
    ]);
  }

  /** The last event of each wanted topic among those before an entry. */
  private async _lastBefore(end: number): Promise<TopicRow[]> {
    if (end < FEWEST_ENTRIES) return this._lastOf(this._entries(0, end));
    const noted = await (await this._notesOf()).upTo(BigInt(end - 1));
    if (noted === undefined) return this._lastOf(this._entries(0, end));
    const states = [this._statesOf(noted.rows), this._lastOf(this._entries(Number(noted.end) + 1, end))];
    return lastOfEach((await Promise.all(states)).flat());
  }

  private async _lastOf(entries: AsyncIterable<OrderedRows>): Promise<TopicRow[]> {
    let last: TopicRow[] = [];
    for await (const { rows } of entries) last = lastOfEach([...last, ...(await this._statesOf(rows))]);
    return last;
  }

  private _statesOf(list: BigInt64Array<ArrayBuffer>, rules = this._rules): Promise<TopicRow[]> {
    return this._pool.run('states', { recording: this._recording, rules, rows: { list } });
  }

  private _notesOf(): Promise<StateFile> {
    const notable: Notable = {
      recording: this._recording,
      sortBy: this._sortBy,
      isWhole: this._isWhole,
      stretches: () => this._stretches(),
    };
    this._notes ??= this._pool.note(notable, { onPreparation: this._onPreparation });
    return this._notes;
  }

  private async *_stretches(): AsyncGenerator<Stretch> {
    const rules = { ...this._rules, ranges: undefined, filter: undefined };
    let end = 0;
    for await (const { rows } of this._entries(0, this._order.count)) {
      end += rows.length;
      const states = this._statesOf(rows, rules);
      yield { end: BigInt(end - 1), events: rows.length, shareAtEnd: end / this._order.count, states };
    }
  }

  private async *_entries(from: number, end: number): AsyncGenerator<OrderedRows> {
    for (let at = from; at < end; at += ENTRIES_A_LOOK) {
      yield await this._order.read(at, Math.min(ENTRIES_A_LOOK, end - at));
    }
  }
}

/** Filters entries. @param areWithin whether the entries due within the ranges are taken, or the others */
async function* arePlayed(
  entries: AsyncIterable<OrderedRows>,
  ranges: readonly TimeRange[],
  areWithin: boolean,
): AsyncGenerator<OrderedRows> {
  const selected = new RangeCursor(ranges);
  for await (const { rows, dueS, keyS } of entries) {
    yield { dueS, keyS, rows: rows.filter((_row, i) => selected.isWithin(dueS[i]) === areWithin) };
  }
}
