import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import { EventTable } from '../src/database/event-table.js';
import { readSchema } from '../src/database/schema.js';
import { type RowRange, rowsOfRanges, SLACK_S, shapeOf } from '../src/database/time-rows.js';
import { mergeRanges } from '../src/selection/time-ranges.js';
import type { TimeRange } from '../src/time-range.js';
import { createDatabase } from './stored-event.js';
import { temporaryFolder } from './temporary-folder.js';

interface Row {
  readonly row: bigint;
  /** Undefined: the event has no time. */
  readonly timeS: number | undefined;
}

/** One database that is filled anew time and again. */
class Night {
  private readonly _db: Database.Database;

  constructor(context: TestContext) {
    this._db = createDatabase(join(temporaryFolder(context), 'night.db'));
    this._db.exec(`
      CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT, data_time);
      CREATE TABLE attribute (event_id INTEGER, key TEXT, value TEXT);
      CREATE INDEX i ON attribute (event_id);
    `);
    context.after(() => this._db.close());
  }

  rowsOf(rows: readonly Row[], ranges: readonly TimeRange[]): RowRange[] {
    this._db.exec('DELETE FROM event');
    // As text: JSON's integers would come as doubles.
    const values = JSON.stringify(rows.map(({ row, timeS }) => [`${row}`, timeS ?? null]));
    this._db
      .prepare(`INSERT INTO event SELECT CAST(value ->> 0 AS INTEGER), 'a', value ->> 1 FROM json_each(?)`)
      .run(values);
    const table = new EventTable(this._db, readSchema(this._db, 'night.db'));
    const { rows: extent } = table.extent();
    return extent === undefined ? [] : rowsOfRanges(table, extent, shapeOf(table, extent), ranges);
  }
}

/** Numbers from 0 up to 1 that are the same for the same seed. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
  };
}

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

const log = fc.record({
  seed: fc.integer(),
  count: fc.integer({ min: 1990, max: 2600 }),
  firstRow: fc.constantFrom(1n, 1_000_000n, -500n, -(2n ** 63n), 2n ** 63n - 20_000_000n),
  gapShare: fc.constantFrom(0, 0.01, 0.5),
  longestGap: fc.constantFrom(2, 5000),
  untimedShare: fc.constantFrom(0, 0.01, 0.5, 0.99),
  longestUntimed: fc.constantFrom(1, 20, 400),
  stepS: fc.constantFrom(0, 0.01, 1, 100),
  silenceS: fc.constantFrom(0, 50_000),
  disorderS: fc.constantFrom(0, 1, SLACK_S),
});

/** A table in which an event is due at most `disorderS` before one that stands before it. */
function rowsOfLog(made: typeof log extends fc.Arbitrary<infer T> ? T : never): Row[] {
  const random = chance(made.seed);
  const rows: Row[] = [];
  let row = made.firstRow;
  let latestS = 1_521_854_100;
  let untimed = 0;
  for (let i = 0; i < made.count; i++) {
    if (random() < made.untimedShare / made.longestUntimed)
      untimed = Math.ceil(random() * made.longestUntimed);
    latestS += Math.floor(random() * 4 * made.stepS) / 4 + (random() < 0.001 ? made.silenceS : 0);
    const timeS = random() < 0.7 ? latestS : latestS - Math.floor(random() * 4 * made.disorderS) / 4;
    rows.push({ row, timeS: untimed-- > 0 ? undefined : timeS });
    row += random() < made.gapShare ? BigInt(Math.ceil(random() * made.longestGap)) : 1n;
  }
  return rows;
}

test('finds all rows of ranges in a log, with gaps, disorder, silences and events without a time', (context) => {
  const night = new Night(context);
  const share = fc.double({ min: -0.1, max: 1.1, noNaN: true });
  const shares = fc.array(fc.tuple(share, fc.double({ min: 0, max: 0.5, noNaN: true })), { maxLength: 4 });
  fc.assert(
    fc.property(log, shares, fc.constantFrom(0, 1, 2), (made, parts, open) => {
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
      assertCovered(rows, merged, night.rowsOf(rows, merged));
    }),
    { numRuns: 150 },
  );
});

test('reads little besides the rows of a range', (context) => {
  const night = new Night(context);
  const rows = Array.from({ length: 5000 }, (_, i) => ({ row: BigInt(7 * i), timeS: 1000 + i }));
  const found = night.rowsOf(rows, [
    { startS: 2000, endS: 2100 },
    { startS: 4000.5, endS: 4001 },
  ]);
  const timesFound = rows.filter(({ row }) => isCovered(found, row)).map(({ timeS }) => timeS);
  assert.ok(
    timesFound.every((timeS) => (timeS >= 1940 && timeS < 2160) || (timeS >= 3940.5 && timeS < 4061)),
  );
  assert.equal(found.length, 2);
  assert.deepEqual(night.rowsOf(rows, [{ startS: 0, endS: 900 }]), []);
  assert.deepEqual(night.rowsOf(rows, [{ startS: 6100, endS: 9000 }]), []);
  assert.deepEqual(night.rowsOf(rows, []), []);
});

test('reads all rows of a table that is small, or no log', (context) => {
  const night = new Night(context);
  const ranges = [{ startS: 5, endS: 6 }];
  const table = (count: number, timeOf: (i: number) => number | undefined) =>
    Array.from({ length: count }, (_, i) => ({ row: BigInt(i + 1), timeS: timeOf(i) }));
  assert.deepEqual(night.rowsOf([], ranges), []);
  assert.deepEqual(night.rowsOf([{ row: 9n, timeS: undefined }], ranges), [{ first: 9n, last: 9n }]);
  assert.deepEqual(
    night.rowsOf(
      table(2000, (i) => i),
      ranges,
    ),
    [{ first: 1n, last: 2000n }],
  );
  const all = [{ first: 1n, last: 3000n }];
  assert.deepEqual(
    night.rowsOf(
      table(3000, (i) => -i),
      ranges,
    ),
    all,
  );
  assert.deepEqual(
    night.rowsOf(
      table(3000, (i) => (i * 1000) % 2999),
      ranges,
    ),
    all,
  );
  assert.deepEqual(
    night.rowsOf(
      table(3000, (i) => (i < 1500 ? i + 5000 : i)),
      ranges,
    ),
    all,
  );
  assert.deepEqual(
    night.rowsOf(
      table(3000, () => undefined),
      ranges,
    ),
    all,
  );
  assert.deepEqual(
    night.rowsOf(
      table(3000, () => 5),
      ranges,
    ),
    all,
  );
});
