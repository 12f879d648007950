import type { OrderedRows, OrderFile } from './database/order-file.js';
import type { ReadRules, Recording } from './database/recording.js';
import { lastOfEach, type TopicState } from './database/topic-states.js';
import type { DecoderPool } from './decoder-pool.js';
import { piecesInOrder } from './pieces.js';
import { type OrderPlace, type PlayOrder, pastUntil } from './play-order.js';
import type { Piece } from './prefetch.js';
import { RangeCursor } from './selection/time-ranges.js';
import type { TimeRange } from './time-range.js';
import { startOf } from './timeline.js';

/** Entries that are looked through in one go. */
const ENTRIES_A_LOOK = 16_384;

/** An order by a time, of an order file. */
export class TimeOrder implements PlayOrder {
  readonly firstKeyS: number;
  readonly mayPlay: boolean;
  private readonly _pool: DecoderPool;
  private readonly _recording: Recording;
  private readonly _order: OrderFile;
  private _rules: ReadRules;

  constructor(pool: DecoderPool, recording: Recording, order: OrderFile, rules: ReadRules) {
    this._pool = pool;
    this._recording = recording;
    this._order = order;
    this._rules = rules;
    this.firstKeyS = order.firstKeyS;
    this.mayPlay = recording.rows !== undefined;
  }

  /** An order knows when each event is due: nothing need be found out beforehand. */
  async select(ranges: readonly TimeRange[]): Promise<void> {
    this._rules = { ...this._rules, ranges };
  }

  pieces(): AsyncGenerator<Piece> {
    return piecesInOrder(this._order, this._rules.ranges, 0);
  }

  async placeOf(timeS: number): Promise<OrderPlace> {
    const { _order: order } = this;
    const at = await this._firstAt(timeS);
    return {
      shareBefore: order.count === 0 ? 1 : at / order.count,
      pieces: () => piecesInOrder(order, this._rules.ranges, at),
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

  /** The first entry at a time or behind it; those without a time stand where the first one with a time does. */
  private async _firstAt(timeS: number): Promise<number> {
    return timeS <= startOf(this) ? 0 : this._order.placeOf(timeS);
  }

  /**
   * All is past that stands before the time as of which the past is told, but for what is played from entry `at` on; and
   * what is played before that entry.
   */
  private async _lastOfTopics(timeS: number, at: number): Promise<TopicState[]> {
    const { ranges } = this._rules;
    const untilS = pastUntil(timeS, ranges);
    if (ranges === undefined || untilS === timeS) return this._lastOf(this._entries(0, at));
    const until = await this._firstAt(untilS);
    const between = this._entries(Math.min(at, until), Math.max(at, until));
    return lastOfEach([
      ...(await this._lastOf(this._entries(0, Math.min(at, until)))),
      ...(await this._lastOf(arePlayed(between, ranges, until < at))),
    ]);
  }

  private async _lastOf(entries: AsyncIterable<OrderedRows>): Promise<TopicState[]> {
    const { _recording: recording, _rules: rules } = this;
    let last: TopicState[] = [];
    for await (const { rows: list } of entries) {
      last = lastOfEach([...last, ...(await this._pool.run('states', { recording, rules, rows: { list } }))]);
    }
    return last;
  }

  private async *_entries(from: number, end: number): AsyncGenerator<OrderedRows> {
    for (let at = from; at < end; at += ENTRIES_A_LOOK) {
      yield await this._order.read(at, Math.min(ENTRIES_A_LOOK, end - at));
    }
  }
}

/** Of some entries those that are in ranges, or those that are not. */
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
