import type { Damage } from '../batch/damage.js';
import { LARGEST_ROW } from '../batch/damage.js';
import type { EventId } from '../database/event-id.js';
import type { TimedRows } from '../database/events/event-rows.js';
import type { EventTimes } from '../database/events/event-times.js';
import type { RecordingBlocks } from './recording-blocks.js';

/** With fewer events in a batch, the first ones are wanted soon. */
const FEW_EVENTS = 256;
/** A batch has no more events than this for each that was asked for, so that it ends with its block. */
const STRETCH = 4;

/** The rows of a file. Each number from the first to the last is a row, though there may be no event in it. */
export class BlockTable implements TimedRows {
  private readonly _blocks: RecordingBlocks;
  private readonly _last: bigint;
  private _damage: Damage[] = [];

  constructor(blocks: RecordingBlocks) {
    this._blocks = blocks;
    this._last = BigInt(blocks.rows);
  }

  bound(first: bigint, to: bigint, count: number): bigint | undefined {
    const from = first < 1n ? 1n : first;
    const last = to < this._last ? to : this._last;
    if (from > last || count < 1) return undefined;
    const end = from + BigInt(count) - 1n;
    return end < last ? end : last;
  }

  boundBack(to: bigint, count: number): bigint | undefined {
    const last = to < this._last ? to : this._last;
    if (last < 1n) return undefined;
    const first = last - BigInt(count) + 1n;
    return first < 1n ? 1n : first;
  }

  /** Batches end with blocks, so that each block is read by one thread. */
  batchEnd(first: bigint, to: bigint, count: number): bigint | undefined {
    const end = this.bound(first, to, count);
    if (end === undefined || end === to || count < FEW_EVENTS) return end;
    let blockEnd = BigInt(this._blocks.lastRowOf(this._blocks.numberOf(Number(end))));
    if (blockEnd > to) blockEnd = to;
    return blockEnd - first < BigInt(STRETCH * count) ? blockEnd : end;
  }

  ids(first: bigint, last: bigint): EventId[] {
    return this.times(first, Number.POSITIVE_INFINITY, last).map(({ row }) => Number(row));
  }

  times(first: bigint, count: number, to = LARGEST_ROW): EventTimes[] {
    const times: EventTimes[] = [];
    const last = Number(to < this._last ? to : this._last);
    for (let row = Number(first < 1n ? 1n : first); row <= last && times.length < count; ) {
      const number = this._blocks.numberOf(row);
      const block = this._blocks.block(number);
      const from = row - 1 - block.rowsBefore;
      const end = Math.min(last, this._blocks.lastRowOf(number)) - block.rowsBefore;
      let at = from;
      for (; at < end && times.length < count; at++) {
        if (block.topicOf[at] < 0) continue;
        times.push({
          row: BigInt(block.rowsBefore + at + 1),
          dataTimeS: block.dataS[at],
          dueTimeS: block.dueOf(at),
        });
      }
      this._blocks.addDamage(this._damage, number, from, at);
      row = block.rowsBefore + at + 1;
    }
    return times;
  }

  timesOf(rows: readonly bigint[]): EventTimes[] {
    return rows.flatMap((row) => {
      if (row < 1n || row > this._last) return [];
      const { block, at } = this._blocks.at(Number(row));
      if (block.topicOf[at] < 0) return [];
      return { row, dataTimeS: block.dataS[at], dueTimeS: block.dueOf(at) };
    });
  }

  takeDamage(): Damage[] {
    const damage = this._damage;
    this._damage = [];
    return damage;
  }
}
