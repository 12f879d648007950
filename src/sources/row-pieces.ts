import type { OrderFile } from '../database/order/order-file.js';
import type { Recording } from '../database/recording.js';
import type { RowRange, Rows } from '../database/rows.js';
import { RangeCursor, type TimeRange } from '../selection/time-ranges.js';
import type { Piece } from './read-ahead.js';

/** A piece of a database: rows of its event table. */
export type RowPiece = Piece<Rows>;

/** The first batches are smaller, so that the first events are sent soon. Then they grow. */
const FIRST_BATCH_EVENTS = 64;
const GROWTH = 8;
const BATCHES_A_SPLIT = 16;
/** Bytes of a database whose payloads fill a batch: rows take about twice the bytes of their payloads. */
const FILE_BYTES_A_BATCH = 4 << 20;
/** The size of a file says little about its events where it holds other tables, too. */
const LEAST_BATCH_EVENTS = 1024;
/** Entries of an order that are read at a time where only events within ranges are wanted. */
const ENTRIES_A_LOOK = 16_384;

/**
 * Cuts rows into at most `batches` batches of `eventsABatch` events.
 *
 * @returns the last row of each batch; empty where there are no rows
 */
export type Split = (rows: RowRange, eventsABatch: number, batches: number) => Promise<bigint[]>;

/**
 * Events of a piece of a recording: fewer than `batchEvents` where events are large. A piece that does not fit into one batch
 * is read by one thread, batch by batch.
 */
export function eventsOfPiece(
  { rows, sizeBytes }: Pick<Recording, 'rows' | 'sizeBytes'>,
  batchEvents: number,
): number {
  if (rows === undefined) return batchEvents;
  const fitting = Math.floor((FILE_BYTES_A_BATCH * Number(rows.last - rows.first + 1n)) / sizeBytes);
  return Math.min(batchEvents, Math.max(fitting, LEAST_BATCH_EVENTS));
}

/**
 * Pieces of a recording in the order of its table.
 *
 * @param ranges rows to read, sorted and disjoint
 * @param batchEvents events of a piece; the first ones have fewer
 * @param start first row id that is read; undefined: all are
 */
export async function* piecesOfTable(
  ranges: readonly RowRange[],
  batchEvents: number,
  start: bigint | undefined,
  split: Split,
): AsyncGenerator<RowPiece> {
  const all = countOf(ranges);
  const rest = rangesFrom(ranges, start);
  let behind = countOf(rest);
  for (const { first, last } of rest) {
    behind -= last - first + 1n;
    let from = first;
    let eventsABatch = Math.min(FIRST_BATCH_EVENTS, batchEvents);
    let batches = 1;
    let ends = await split({ first, last }, eventsABatch, batches);
    while (ends.length > 0) {
      // Where the next pieces end is found out while these are read.
      const next = (ends.at(-1) as bigint) + 1n;
      eventsABatch = Math.min(GROWTH * eventsABatch, batchEvents);
      batches = Math.min(GROWTH * batches, BATCHES_A_SPLIT);
      const nextEnds =
        next > last ? Promise.resolve([]) : split({ first: next, last }, eventsABatch, batches);
      nextEnds.catch(() => {}); // It is awaited below, unless the consumer stops before.
      for (const end of ends) {
        yield { part: { first: from, last: end }, shareAtEnd: shareOf(all - behind - (last - end), all) };
        from = end + 1n;
      }
      ends = await nextEnds;
    }
  }
}

/** The share of rows that stands before a row id: 0 to 1. */
export function shareBefore(ranges: readonly RowRange[], row: bigint): number {
  const all = countOf(ranges);
  const left = countOf(rangesFrom(ranges, row));
  return left === 0n ? 1 : shareOf(all - left, all);
}

/** What of sorted ranges is not before a row id. */
function rangesFrom(ranges: readonly RowRange[], start: bigint | undefined): readonly RowRange[] {
  if (start === undefined) return ranges;
  return ranges
    .filter(({ last }) => last >= start)
    .map(({ first, last }) => ({ first: first > start ? first : start, last }));
}

function countOf(ranges: readonly RowRange[]): bigint {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
}

/**
 * Pieces of a recording in the order of an order file.
 *
 * @param ranges times when wanted events are due, sorted and disjoint; undefined: all are wanted
 * @param batchEvents events of a piece; the first ones have fewer
 * @param start index in the order of the first event that is read
 */
export async function* piecesInOrder(
  order: OrderFile,
  ranges: readonly TimeRange[] | undefined,
  batchEvents: number,
  start: number,
): AsyncGenerator<RowPiece> {
  const wanted = ranges && new RangeCursor(ranges);
  let eventsABatch = Math.min(FIRST_BATCH_EVENTS, batchEvents);
  for (let at = start; at < order.count; ) {
    const { rows, dueS } = await order.read(at, wanted === undefined ? eventsABatch : ENTRIES_A_LOOK);
    const list = wanted === undefined ? rows : rows.filter((_row, i) => wanted.isWithin(dueS[i]));
    at += rows.length;
    for (let from = 0; from < list.length; from += eventsABatch) {
      yield { part: { list: list.slice(from, from + eventsABatch) }, shareAtEnd: at / order.count };
    }
    eventsABatch = Math.min(GROWTH * eventsABatch, batchEvents);
  }
}

function shareOf(part: bigint, whole: bigint): number {
  return Number((part * 1_000_000n) / whole) / 1_000_000;
}
