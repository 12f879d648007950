import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { SLACK_S } from '../../src/batch/strays.js';
import type { EventTable } from '../../src/database/events/event-table.js';
import { TopicStates } from '../../src/database/events/topic-states.js';
import { isSilence, type SilenceSearch } from '../../src/database/places/silence.js';
import { countsBetween, TableSilences } from '../../src/database/places/table-activity.js';
import { TablePlaces } from '../../src/database/places/table-place.js';
import { rowsOfRanges, shapeOf } from '../../src/database/places/time-rows.js';
import type { RowRange } from '../../src/database/rows.js';
import type { Silence, TimeRange } from '../../src/selection/time-ranges.js';
import { PLAIN_RULES } from '../support/decoded-event.js';
import { logs, Night, type Row, rowsOfLog } from '../support/log-table.js';

/** An event of a log that stands so many rows behind one that is due later is not looked for. */
const WINDOW_ROWS = 1024;

function extentOf(table: EventTable): RowRange {
  const { rows } = table.extent();
  assert.ok(rows !== undefined);
  return rows;
}

/** Finds silences in a table. */
function finder(
  context: TestContext,
): (rows: readonly Row[], ranges: readonly TimeRange[] | undefined, fromS: number, minS: number) => Silence {
  const night = new Night(context);
  return (rows, ranges, fromS, minS) => {
    const table = night.fill(rows);
    const rules = { ...PLAIN_RULES, ranges };
    const extent = extentOf(table);
    const topics = new TopicStates(night.connection, night, rules, table);
    const places = new TablePlaces(table, topics, extent, rules);
    const shape = shapeOf(table, extent);
    const played = ranges === undefined ? [extent] : rowsOfRanges(table, extent, shape, ranges);
    const silences = new TableSilences(table, places, { shape, rows: played, ranges, firstS: Number.NaN });
    let search: SilenceSearch | undefined;
    for (;;) {
      const found = silences.find(fromS, minS, search);
      if (isSilence(found)) return found;
      search = found;
    }
  };
}

/** All silences from a time on. */
function modelOf(rows: readonly Row[], ranges: readonly TimeRange[] | undefined, fromS: number): Silence[] {
  const silences: Silence[] = [];
  let atS = fromS;
  for (const { timeS } of rows) {
    if (timeS === undefined || timeS <= atS) continue;
    if (ranges?.some(({ startS, endS }) => timeS >= startS && timeS < endS) === false) continue;
    silences.push({ fromS: atS, toS: timeS });
    atS = timeS;
  }
  return [...silences, { fromS: atS, toS: Number.POSITIVE_INFINITY }];
}

/** Most rows that an event stands behind one that is due later. */
function disorderOf(rows: readonly Row[]): number {
  let most = 0;
  const latest: { timeS: number; i: number }[] = [];
  for (const [i, { timeS }] of rows.entries()) {
    if (timeS === undefined) continue;
    const later = latest.find((other) => other.timeS > timeS);
    if (later !== undefined) most = Math.max(most, i - later.i);
    if (latest.length === 0 || timeS > (latest.at(-1)?.timeS ?? 0)) latest.push({ timeS, i });
  }
  return most;
}

const lengthOf = ({ fromS, toS }: Silence) => toS - fromS;

test('finds the next silence of a log', (context) => {
  const find = finder(context);
  const share = fc.double({ min: -0.1, max: 1.1, noNaN: true });
  const lengths = fc.constantFrom(0.25, 1, 10, 200, 10_000);
  fc.assert(
    fc.property(logs, share, lengths, fc.boolean(), (made, at, minS, hasRanges) => {
      const rows = rowsOfLog(made);
      const times = rows.flatMap(({ timeS }) => timeS ?? []);
      const [firstS, lastS] = [Math.min(...times, 2e9), Math.max(...times, 0)];
      const timeOf = (part: number) => Math.round(4 * (firstS + part * (lastS - firstS))) / 4;
      const fromS = timeOf(at);
      const ranges = hasRanges
        ? [
            { startS: timeOf(0.1), endS: timeOf(0.4) },
            { startS: timeOf(0.7), endS: timeOf(0.9) },
          ].filter(({ startS, endS }) => startS < endS)
        : undefined;
      fc.pre(disorderOf(rows) < WINDOW_ROWS);
      const silences = modelOf(rows, ranges, fromS);
      const found = find(rows, ranges, fromS, minS);
      // Where times ascend it is just the next one: else one that is not much longer may be missed.
      const missedS = made.disorderS === 0 ? minS : minS + SLACK_S;
      const surely = silences.find((silence) => lengthOf(silence) >= missedS) as Silence;
      const place = silences.findIndex(({ fromS, toS }) => fromS === found.fromS && toS === found.toS);
      assert.ok(place >= 0 && place <= silences.indexOf(surely), JSON.stringify({ found, surely }));
      assert.ok(lengthOf(found) >= minS);
    }),
    { numRuns: 75 },
  );
});

test('passes over most of a long log on its way to a silence', (context) => {
  const find = finder(context);
  const rows = Array.from({ length: 60_000 }, (_, i) => ({
    row: BigInt(5 * i),
    timeS: i / 10 + (i > 40_000 ? 90 : 0) + (i > 50_000 ? 600 : 0) - (i % 50 === 0 ? 5 : 0),
  }));
  assert.deepEqual(find(rows, undefined, 0, 60), { fromS: 3999.9, toS: 4090.1 });
  assert.deepEqual(find(rows, undefined, 4090.1, 60), { fromS: 5089.9, toS: 5690.1 });
  assert.deepEqual(find(rows, undefined, 0, 100), { fromS: 5089.9, toS: 5690.1 });
  assert.deepEqual(find(rows, undefined, 0, 1000), { fromS: 6689.9, toS: Number.POSITIVE_INFINITY });
});

test('counts the events of a log by time', (context) => {
  const night = new Night(context);
  const counted = (rows: readonly Row[], cuts: readonly number[]) => {
    const table = night.fill(rows);
    const extent = extentOf(table);
    return [...countsBetween(table, extent, shapeOf(table, extent), Float64Array.from(cuts))];
  };
  const cuts = [-1e12, ...Array.from({ length: 40 }, (_, i) => 50 * i), 1e12];
  const expected = (rows: readonly Row[]) =>
    cuts.slice(1).map((endS, i) => rows.filter(({ timeS = 0 }) => timeS >= cuts[i] && timeS < endS).length);
  // With a silence, and twice as many events behind it.
  const rows = Array.from({ length: 6000 }, (_, i) => ({
    row: BigInt(i),
    timeS: i < 2000 ? i / 4 : 1000 + i / 8,
  }));
  assert.deepEqual(counted(rows, cuts), expected(rows));
  // Of row ids that are far apart it can be said about.
  const sparse = rows.map(({ row, timeS }) => ({ row: 1000n * row, timeS }));
  for (const [i, count] of counted(sparse, cuts).entries()) {
    const wanted = expected(rows)[i];
    assert.ok(Math.abs(count - wanted) <= 0.05 * wanted, `${count} for ${wanted}`);
  }
});

test('counts the events of a table that is no log from a sample', (context) => {
  const night = new Night(context);
  const table = night.fill(
    Array.from({ length: 10_000 }, (_, i) => ({ row: BigInt(i), timeS: (i * 7919) % 10_000 })),
  );
  const extent = extentOf(table);
  const cuts = Float64Array.of(0, 2500, 5000, 7500, 10_000);
  const counts = countsBetween(table, extent, shapeOf(table, extent), cuts);
  for (const count of counts) assert.ok(Math.abs(count - 2500) < 500, `${counts}`);
});
