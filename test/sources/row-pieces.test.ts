import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowRange } from '../../src/database/rows.js';
import { eventsOfPiece, piecesOfTable, type Split } from '../../src/sources/row-pieces.js';

/** Cuts rows of a table without gaps. */
const split: Split = async ({ first, last }, eventsABatch, batches) => {
  const ends: bigint[] = [];
  for (let from = first; from <= last && ends.length < batches; from += BigInt(eventsABatch)) {
    const end = from + BigInt(eventsABatch) - 1n;
    ends.push(end < last ? end : last);
  }
  return ends;
};

async function piecesOf(ranges: readonly RowRange[], batchEvents: number, start?: bigint) {
  const pieces: RowRange[] = [];
  for await (const { part } of piecesOfTable(ranges, batchEvents, start, split))
    pieces.push(part as RowRange);
  return pieces;
}

const sizeOf = ({ first, last }: RowRange) => Number(last - first + 1n);

test('pieces grow from 64 events to the size of a batch, so that the first events come soon', async () => {
  const pieces = await piecesOf([{ first: 1n, last: 100_000n }], 8192);
  const sizes = pieces.map(sizeOf);
  assert.deepEqual(sizes.slice(0, 10), [64, ...Array(8).fill(512), 4096]);
  assert.ok(sizes.slice(10, -1).every((size) => size === 4096 || size === 8192));
  assert.equal(sizes.at(-2), 8192);
  assert.deepEqual(
    pieces.map(({ first }) => first),
    [1n, ...pieces.slice(0, -1).map(({ last }) => last + 1n)],
  );
  assert.equal(pieces.at(-1)?.last, 100_000n);
});

test('pieces are no larger than what the user asks for, and begin where play begins', async () => {
  const sizes = (await piecesOf([{ first: 1n, last: 200n }], 50, 101n)).map(sizeOf);
  assert.deepEqual(sizes, [50, 50]);
});

test('a piece of large events has fewer of them, and one of a file with other tables has not too few', () => {
  const rows = { first: 1n, last: 10_000n };
  assert.equal(eventsOfPiece({ rows, sizeBytes: 8_000_000 }, 8192), 5242);
  assert.equal(eventsOfPiece({ rows, sizeBytes: 20_000_000 }, 8192), 2097);
  assert.equal(eventsOfPiece({ rows, sizeBytes: 9_000_000_000 }, 8192), 1024);
  assert.equal(eventsOfPiece({ rows, sizeBytes: 9_000_000_000 }, 100), 100);
  assert.equal(eventsOfPiece({ rows: undefined, sizeBytes: 4096 }, 8192), 8192);
});
