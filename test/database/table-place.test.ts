import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { TopicStates } from '../../src/database/events/topic-states.js';
import { newSearch, type Place, TablePlaces } from '../../src/database/places/table-place.js';
import { shapeOf } from '../../src/database/places/time-rows.js';
import type { TimeRange } from '../../src/selection/time-ranges.js';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { PLAIN_RULES } from '../support/decoded-event.js';
import { logs, Night, type Row, rowsOfLog } from '../support/log-table.js';

/** An event of a log that stands so many rows behind one that is due later is not looked for. */
const WINDOW_ROWS = 1024;
const RULES = { ...PLAIN_RULES, filter: topicFilter({ topics: ['a'] }) };

/** Finds places in a table. */
class Places {
  private readonly _night: Night;

  constructor(context: TestContext) {
    this._night = new Night(context);
  }

  rowOf(rows: readonly Row[], ranges: readonly TimeRange[] | undefined, place: Place): bigint | undefined {
    const table = this._night.fill(rows);
    const rules = { ...RULES, ranges };
    const topics = new TopicStates(this._night.connection, this._night, rules, table);
    const { rows: extent } = table.extent();
    assert.ok(extent !== undefined);
    const places = new TablePlaces(table, topics, extent, rules);
    const shape = shapeOf(table, extent);
    let search = newSearch(extent.first);
    while (search.next !== undefined) search = places.find(place, shape, search);
    return search.row;
  }
}

/** The first row of that time, or the one behind the last that is played before. */
function modelOf(rows: readonly Row[], ranges: readonly TimeRange[] | undefined, { timeS, sinceS }: Place) {
  const first = rows.findIndex((row) => (row.timeS ?? Number.NaN) >= sinceS);
  if (first === -1) return undefined;
  let end = first;
  for (const [i, row] of rows.entries()) {
    const dueS = row.timeS ?? Number.NaN;
    const isSelected =
      ranges === undefined || ranges.some(({ startS, endS }) => dueS >= startS && dueS < endS);
    if (!isSelected || row.topic !== 'a') continue;
    if (dueS >= timeS) break;
    end = Math.max(end, i + 1);
  }
  return end === first ? rows[first].row : rows[end - 1].row + 1n;
}

/** Most rows that an event stands behind one that is due later. */
function disorderOf(rows: readonly Row[], timeS: number): number {
  const first = rows.findIndex((row) => (row.timeS ?? Number.NaN) >= timeS);
  const last = rows.findLastIndex((row) => (row.timeS ?? Number.NaN) < timeS);
  return first === -1 ? 0 : last - first;
}

test('finds a place in a log, with gaps, disorder, silences and events without a time', (context) => {
  const places = new Places(context);
  const share = fc.double({ min: -0.1, max: 1.1, noNaN: true });
  fc.assert(
    fc.property(logs, share, fc.boolean(), (made, at, hasStart) => {
      const rows = rowsOfLog(made).map((row, i) => ({ ...row, topic: i % 7 < 2 ? 'b' : 'a' }));
      const times = rows.flatMap(({ timeS }) => timeS ?? []);
      const [firstS, lastS] = [Math.min(...times, 2e9), Math.max(...times, 0)];
      const timeS = Math.round(4 * (firstS + at * (lastS - firstS))) / 4;
      const startS = firstS + Math.round((lastS - firstS) / 3);
      const ranges = hasStart ? [{ startS, endS: Number.POSITIVE_INFINITY }] : undefined;
      const place = { timeS, sinceS: hasStart ? Math.max(timeS, startS) : timeS };
      fc.pre(disorderOf(rows, place.sinceS) < WINDOW_ROWS && disorderOf(rows, timeS) < WINDOW_ROWS);
      assert.equal(places.rowOf(rows, ranges, place), modelOf(rows, ranges, place));
    }),
    { numRuns: 75 },
  );
});

test('finds a place in a log without a look at most of it', (context) => {
  const places = new Places(context);
  const rows = Array.from({ length: 50_000 }, (_, i) => ({
    row: BigInt(3 * i),
    timeS: i - (i % 100 === 0 ? 50 : 0),
    topic: i % 50 === 49 ? 'a' : 'b',
  }));
  for (const timeS of [-1, 0, 1, 31_449.5, 31_450, 49_999, 50_000]) {
    const place = { timeS, sinceS: timeS };
    assert.equal(places.rowOf(rows, undefined, place), modelOf(rows, undefined, place), `at ${timeS}`);
  }
});
