import type { OrderFile } from '../database/order/order-file.js';
import type { RowRange } from '../database/rows.js';
import { RangeCursor, type TimeRange } from '../selection/time-ranges.js';
import type { Piece } from './prefetch.js';

/** The first batches are smaller, so that the first event is out soon. */
const FIRST_BATCH_EVENTS = 64;
const BATCHES_A_SPLIT = 64;
/** Entries of an order that are looked at in one go where only some of them are wanted. */
const ENTRIES_A_LOOK = 16_384;

/** Cuts rows into at most `batches` of `eventsABatch`. @returns the last row of each; none: there are no rows */
export type Split = (rows: RowRange, eventsABatch: number, batches: number) => Promise<bigint[]>;

/**
 * Pieces of a recording in the order of its table.
 *
 * @param ranges rows to read, sorted and disjoint
 * @param batchEvents events of a piece; the first ones have fewer
 * @param start the first row id that is read of them; undefined: all are
 */
export async function* piecesOfTable(
  ranges: readonly RowRange[],
  batchEvents: number,
  start: bigint | undefined,
  split: Split,
): AsyncGenerator<Piece> {
  const all = rowsOf(ranges);
  const rest = rangesFrom(ranges, start);
  let behind = rowsOf(rest);
  for (const { first, last } of rest) {
    behind -= last - first + 1n;
    let from = first;
    let ends = await split({ first, last }, Math.min(FIRST_BATCH_EVENTS, batchEvents), 1);
    while (ends.length > 0) {
      // Where the next pieces end is found out while these are read.
      const next = (ends.at(-1) as bigint) + 1n;
      const nextEnds =
        next > last ? Promise.resolve([]) : split({ first: next, last }, batchEvents, BATCHES_A_SPLIT);
      nextEnds.catch(() => {}); // It is awaited below, unless the consumer stops before.
      for (const end of ends) {
        yield { rows: { first: from, last: end }, shareAtEnd: shareOf(all - behind - (last - end), all) };
        from = end + 1n;
      }
      ends = await nextEnds;
    }
  }
}

/** How much of some rows stands before a row id: 0 to 1. */
export function shareBefore(ranges: readonly RowRange[], row: bigint): number {
  const all = rowsOf(ranges);
  const left = rowsOf(rangesFrom(ranges, row));
  return left === 0n ? 1 : shareOf(all - left, all);
}

/** What of sorted ranges is not before a row id. */
function rangesFrom(ranges: readonly RowRange[], start: bigint | undefined): readonly RowRange[] {
  if (start === undefined) return ranges;
  return ranges
    .filter(({ last }) => last >= start)
    .map(({ first, last }) => ({ first: first > start ? first : start, last }));
}

function rowsOf(ranges: readonly RowRange[]): bigint {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
}

/**
 * Pieces of a recording in the order of an order file.
 *
 * @param ranges times when wanted events are due, sorted and disjoint; undefined: all are wanted
 * @param batchEvents events of a piece; the first ones have fewer
 * @param start place in the order of the first event that is read
 */
export async function* piecesInOrder(
  order: OrderFile,
  ranges: readonly TimeRange[] | undefined,
  batchEvents: number,
  start: number,
): AsyncGenerator<Piece> {
  const wanted = ranges && new RangeCursor(ranges);
  let eventsABatch = Math.min(FIRST_BATCH_EVENTS, batchEvents);
  for (let at = start; at < order.count; ) {
    const { rows, dueS } = await order.read(at, wanted === undefined ? eventsABatch : ENTRIES_A_LOOK);
    const list = wanted === undefined ? rows : rows.filter((_row, i) => wanted.isWithin(dueS[i]));
    at += rows.length;
    for (let from = 0; from < list.length; from += eventsABatch) {
      yield { rows: { list: list.slice(from, from + eventsABatch) }, shareAtEnd: at / order.count };
    }
    eventsABatch = batchEvents;
  }
}

function shareOf(part: bigint, whole: bigint): number {
  return Number((part * 1_000_000n) / whole) / 1_000_000;
}
