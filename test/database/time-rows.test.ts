import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rowsOfRanges, shapeOf } from '../../src/database/places/time-rows.js';
import type { RowRange } from '../../src/database/rows.js';
import { mergeRanges, type TimeRange } from '../../src/selection/time-ranges.js';
import { logs, Night, type Row, rowsOfLog } from '../support/log-table.js';

const isCovered = (found: readonly RowRange[], row: bigint) =>
  found.some(({ first, last }) => row >= first && row <= last);

function assertCovered(rows: readonly Row[], ranges: readonly TimeRange[], found: readonly RowRange[]): void {
  for (const { row, timeS } of rows) {
    const isWanted =
      timeS !== undefined && ranges.some(({ startS, endS }) => timeS >= startS && timeS < endS);
    assert.ok(!isWanted || isCovered(found, row), `row ${row} at ${timeS}`);
  }
  for (const [i, { first, last }] of found.entries())
    assert.ok(first <= last && (i === 0 || first > found[i - 1].last + 1n));
}

function rowsOf(night: Night, rows: readonly Row[], ranges: readonly TimeRange[]): RowRange[] {
  const table = night.fill(rows);
  const { rows: extent } = table.extent();
  return extent === undefined ? [] : rowsOfRanges(table, extent, shapeOf(table, extent), ranges);
}

test('finds all rows of ranges in a log, with gaps, disorder, silences and events without a time', (context) => {
  const night = new Night(context);
  const share = fc.double({ min: -0.1, max: 1.1, noNaN: true });
  const shares = fc.array(fc.tuple(share, fc.double({ min: 0, max: 0.5, noNaN: true })), { maxLength: 4 });
  fc.assert(
    fc.property(logs, shares, fc.constantFrom(0, 1, 2), (made, parts, open) => {
      const rows = rowsOfLog(made);
      const times = rows.flatMap(({ timeS }) => timeS ?? []);
      const [firstS, lastS] = [Math.min(...times, 2e9), Math.max(...times, 0)];
      const ranges = parts.map(([from, length]) => {
        const startS = Math.round(firstS + from * (lastS - firstS));
        return { startS, endS: startS + Math.ceil(length * (lastS - firstS)) };
      });
      if (open > 0 && ranges.length > 0) ranges[0].endS = Number.POSITIVE_INFINITY;
      if (open > 1 && ranges.length > 0) ranges[0].startS = Number.NEGATIVE_INFINITY;
      const merged = mergeRanges(ranges);
      assertCovered(rows, merged, rowsOf(night, rows, merged));
    }),
    { numRuns: 75 },
  );
});

test('reads little besides the rows of a range', (context) => {
  const night = new Night(context);
  const rows = Array.from({ length: 5000 }, (_, i) => ({ row: BigInt(7 * i), timeS: 1000 + i }));
  const found = rowsOf(night, rows, [
    { startS: 2000, endS: 2100 },
    { startS: 4000.5, endS: 4001 },
  ]);
  const timesFound = rows.filter(({ row }) => isCovered(found, row)).map(({ timeS }) => timeS);
  assert.ok(
    timesFound.every((timeS) => (timeS >= 1940 && timeS < 2160) || (timeS >= 3940.5 && timeS < 4061)),
  );
  assert.equal(found.length, 2);
  assert.deepEqual(rowsOf(night, rows, [{ startS: 0, endS: 900 }]), []);
  assert.deepEqual(rowsOf(night, rows, [{ startS: 6100, endS: 9000 }]), []);
  assert.deepEqual(rowsOf(night, rows, []), []);
});

test('reads all rows of a table that is small, or no log', (context) => {
  const night = new Night(context);
  const ranges = [{ startS: 5, endS: 6 }];
  const table = (count: number, timeOf: (i: number) => number | undefined) =>
    Array.from({ length: count }, (_, i) => ({ row: BigInt(i + 1), timeS: timeOf(i) }));
  assert.deepEqual(rowsOf(night, [], ranges), []);
  assert.deepEqual(rowsOf(night, [{ row: 9n, timeS: undefined }], ranges), [{ first: 9n, last: 9n }]);
  assert.deepEqual(
    rowsOf(
      night,
      table(2000, (i) => i),
      ranges,
    ),
    [{ first: 1n, last: 2000n }],
  );
  const all = [{ first: 1n, last: 3000n }];
  assert.deepEqual(
    rowsOf(
      night,
      table(3000, (i) => -i),
      ranges,
    ),
    all,
  );
  assert.deepEqual(
    rowsOf(
      night,
      table(3000, (i) => (i * 1000) % 2999),
      ranges,
    ),
    all,
  );
  assert.deepEqual(
    rowsOf(
      night,
      table(3000, (i) => (i < 1500 ? i + 5000 : i)),
      ranges,
    ),
    all,
  );
  assert.deepEqual(
    rowsOf(
      night,
      table(3000, () => undefined),
      ranges,
    ),
    all,
  );
  assert.deepEqual(
    rowsOf(
      night,
      table(3000, () => 5),
      ranges,
    ),
    all,
  );
});
