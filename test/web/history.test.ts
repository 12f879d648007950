import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { binOf, type TimeBins } from '../../src/database/places/time-bins.js';
import { generate } from '../../src/generate/generate.js';
import type { ReplayOptions } from '../../src/options/replay-options.js';
import { bisected } from '../../src/web/history/survey-parts.js';
import type { Dictionary, Point, SeriesPart, StripPart, TopicList } from '../../src/web/protocol.js';
import { until } from '../support/until.js';
import { WebVisitor } from '../support/web-visitor.js';

const NIGHT_S = 600;
/** Several parts: each has 512 rows where no threads read them. */
const EVENTS = 4000;
/** More than a part has where threads read. */
const MANY_EVENTS = 34_000;
const RUNS = 12;

const folder = mkdtempSync(join(tmpdir(), 'tcs-history-'));
const night = join(folder, 'night.db');
const longNight = join(folder, 'long.db');

interface Row {
  readonly topic: string;
  readonly dataS: number;
  readonly dueS: number;
  readonly attributes: ReadonlyMap<string, string>;
}
let rows: Row[] = [];
let firstS = 0;
let lastS = 0;

before(async () => {
  await generate({ path: night, events: EVENTS, durationS: NIGHT_S, attributes: 8 });
  await generate({ path: longNight, events: MANY_EVENTS, durationS: NIGHT_S, attributes: 6 });
  const database = new Database(night, { readonly: true });
  const attributesOf = new Map<number, Map<string, string>>();
  for (const [id, key, value] of database
    .prepare('SELECT event_id, key, value FROM attribute')
    .raw()
    .iterate() as IterableIterator<[number, string, string]>) {
    const known = attributesOf.get(id) ?? new Map<string, string>();
    known.set(key, value);
    attributesOf.set(id, known);
  }
  const events = database.prepare('SELECT event_id, topic, data_time FROM event').raw().all() as [
    number,
    string,
    number,
  ][];
  rows = events.map(([id, topic, dataS]) => {
    const attributes = attributesOf.get(id) ?? new Map<string, string>();
    return { topic, dataS: Number(dataS), dueS: Number(attributes.get('__wire_time')), attributes };
  });
  firstS = Math.min(...rows.map(({ dueS }) => dueS));
  lastS = Math.max(...rows.map(({ dueS }) => dueS));
  database.close();
});
after(() => rmSync(folder, { recursive: true }));

const openView = (context: TestContext, { databases = night, workers = 0 }: ReplayOptions = {}) =>
  WebVisitor.open(context, { databases, workers, startPaused: true, prime: true }, { isView: true });

/** Windows within the night, and some that reach beyond it. */
const bins = fc
  .tuple(
    fc.double({ min: -0.1, max: 1, noNaN: true }),
    fc.double({ min: 0.01, max: 1.1, noNaN: true }),
    fc.integer({ min: 1, max: 300 }),
  )
  .map(
    ([from, length, count]): TimeBins => ({
      fromS: firstS + from * NIGHT_S,
      toS: firstS + (from + length) * NIGHT_S,
      bins: count,
    }),
  );
const queryOf = ({ fromS, toS, bins }: TimeBins) => `from=${fromS}&to=${toS}&bins=${bins}`;

describe('the strip of activity', () => {
  it('has as many events of each topic in each bin as the database says', async (context) => {
    const visitor = await openView(context);
    await fc.assert(
      fc.asyncProperty(bins, async (window) => {
        const parts = await visitor.lines<StripPart>(`/api/strip?${queryOf(window)}`);
        const { topics } = await visitor.json<TopicList>('/api/topics');
        const last = parts.at(-1);
        assert.deepEqual([last?.isLast, last?.done], [true, 1]);
        const counts: Record<string, readonly number[]> = Object.assign(
          {},
          ...parts.map((part) => part.counts),
        );
        const expected = new Map<string, number[]>();
        const total = new Array<number>(window.bins).fill(0);
        for (const { topic, dataS } of rows) {
          const bin = binOf(dataS, window);
          if (bin === -1) continue;
          total[bin] += 1;
          const ofTopic = expected.get(topic) ?? new Array<number>(window.bins).fill(0);
          ofTopic[bin] += 1;
          expected.set(topic, ofTopic);
        }
        assert.deepEqual(last?.total, total);
        for (const [id, { name }] of topics.entries())
          assert.deepEqual(
            (counts[id] ?? total.map(() => 0)).map((count) => count + 0),
            expected.get(name) ?? total.map(() => 0),
            name,
          );
      }),
      { numRuns: RUNS },
    );
  });

  it('comes with an estimate first, and knows all topics at the end', async (context) => {
    const visitor = await openView(context, { databases: longNight, workers: 2 });
    let bins = 100;
    let path = '';
    let parts: StripPart[] = [];
    // On a busy machine all may be counted before a picture of the estimate is sent.
    const first = await until(
      async () => {
        path = `/api/strip?${queryOf({ fromS: firstS - 1, toS: lastS + 1, bins: bins++ })}`;
        parts = await visitor.lines<StripPart>(path);
        // Before it there may be pictures of some of it.
        return parts.find(({ total, done }) => total !== undefined && done > 0);
      },
      (picture) => picture?.isLast === false,
    );
    const estimated = first?.total?.reduce((sum, count) => sum + count, 0) ?? 0;
    assert(Math.abs(estimated - MANY_EVENTS) < 0.2 * MANY_EVENTS, `${estimated}`);
    const { topics, isWhole } = await visitor.json<TopicList>('/api/topics');
    assert(isWhole);
    assert.equal(
      topics.reduce((sum, { events }) => sum + (events ?? 0), 0),
      MANY_EVENTS,
    );
    // The second time it is kept.
    const again = await visitor.lines<StripPart>(path);
    assert.deepEqual(again.at(-1)?.total, parts.at(-1)?.total);
  });
});

describe('the history of an attribute', () => {
  it('has the least and the largest number of each bin', async (context) => {
    const visitor = await openView(context);
    const numeric = rows.flatMap(({ topic, attributes }) =>
      [...attributes]
        .filter(([, value]) => value !== '' && Number.isFinite(Number(value)))
        .map(([key]) => `${topic} ${key}`),
    );
    const choices = [...new Set(numeric)];
    await fc.assert(
      fc.asyncProperty(bins, fc.constantFrom(...choices), async (window, choice) => {
        const [topic, attribute] = choice.split(' ');
        const query = `${queryOf(window)}&topic=${encodeURIComponent(topic)}&attribute=${encodeURIComponent(attribute)}`;
        const last = (await visitor.lines<SeriesPart>(`/api/series?${query}`)).at(-1);
        const min = new Array<number | null>(window.bins).fill(null);
        const max = new Array<number | null>(window.bins).fill(null);
        for (const row of rows) {
          const bin = row.topic === topic ? binOf(row.dueS, window) : -1;
          const value = Number(row.attributes.get(attribute) ?? Number.NaN);
          if (bin === -1 || !Number.isFinite(value)) continue;
          min[bin] = Math.min(min[bin] ?? Number.POSITIVE_INFINITY, value);
          max[bin] = Math.max(max[bin] ?? Number.NEGATIVE_INFINITY, value);
        }
        assert.deepEqual([last?.kind, last?.isLast], ['number', true]);
        assert.deepEqual(last?.min, min);
        assert.deepEqual(last?.max, max);
      }),
      { numRuns: RUNS },
    );
  });

  it('of a text has the times at which it changed', async (context) => {
    const visitor = await openView(context);
    const [{ topic }] = rows;
    const query = `${queryOf({ fromS: firstS, toS: lastS, bins: 10 })}&topic=${encodeURIComponent(topic)}&attribute=__system`;
    const last = (await visitor.lines<SeriesPart>(`/api/series?${query}`)).at(-1);
    const ofTopic = rows.filter((row) => row.topic === topic);
    assert.equal(last?.kind, 'state');
    const expected = ofTopic
      .map(({ dueS, attributes }) => ({ atS: dueS, value: attributes.get('__system') ?? null }))
      .sort((a, b) => a.atS - b.atS)
      .filter(({ value }, i, all) => i === 0 || value !== all[i - 1].value);
    assert.deepEqual(last?.states, expected);
  });
});

describe('points', () => {
  it('of numbers are the extremes of parts, of texts the changes, in order of time', async (context) => {
    const visitor = await openView(context);
    const parts = 50;
    const window = { fromS: firstS, toS: lastS + 0.001, bins: parts };
    const dictionary = await visitor.json<Dictionary>('/api/dictionary');
    assert.deepEqual(
      dictionary.topics.map(({ name }) => name),
      [...new Set(rows.map(({ topic }) => topic))].sort(),
    );
    for (const { name: topic, attributes } of dictionary.topics.slice(0, 5))
      for (const { name: attribute, kind } of attributes) {
        const of = `topic=${encodeURIComponent(topic)}&attribute=${encodeURIComponent(attribute)}`;
        const span = `start=${1000 * window.fromS}&end=${1000 * window.toS}`;
        const points = await visitor.json<Point[]>(`/api/points?${of}&${span}&size=${2 * parts}`);
        const series = (await visitor.lines<SeriesPart>(`/api/series?${of}&${queryOf(window)}`)).at(-1);
        assert.equal(series?.kind, kind);
        if (kind === 'state')
          assert.deepEqual(
            points,
            (series.states ?? []).flatMap(({ atS, value }) =>
              value === null ? [] : [{ timestamp: 1000 * atS, value }],
            ),
          );
        else {
          const binMs = (1000 * (window.toS - window.fromS)) / parts;
          const valuesOf = (bin: number) =>
            points
              .filter(({ timestamp }) => Math.floor((timestamp - 1000 * window.fromS) / binMs) === bin)
              .map(({ value }) => value);
          for (let bin = 0; bin < parts; bin++) {
            const extremes: (number | null)[] = [series.min?.[bin] ?? null, series.max?.[bin] ?? null];
            const distinct = [...new Set(extremes)].filter((value) => value !== null);
            assert.deepEqual(valuesOf(bin), distinct);
          }
        }
      }
  });
});

describe('the order of parts', () => {
  it('has each once, and its beginnings lie evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), (count) => {
        const items = Array.from({ length: count }, (_, i) => i);
        const order = bisected(items);
        assert.deepEqual(
          order.toSorted((a, b) => a - b),
          items,
        );
        if (count >= 15) {
          const begun = order.slice(0, 7).toSorted((a, b) => a - b);
          for (const [i, item] of begun.entries())
            assert(Math.abs(item - ((i + 1) * count) / 8) <= 2, `${begun} of ${count}`);
        }
      }),
    );
  });
});
