import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { casesAt } from '../../bench/decode/cases.js';
import { type ExpectedContent, expectedContent } from '../../bench/decode/expected-content.js';
import { LAYOUTS, type Layout, nightInLayout } from '../../bench/decode/layout.js';
import { pairedCost } from '../../bench/decode/paired-cost.js';
import { decodeScenario, prepareDecode } from '../../bench/decode/scenario.js';
import { SqliteReader } from '../../bench/decode/sqlite-reader.js';
import { type DecodePlan, decodeOnce } from '../../bench/decode/trial.js';
import { ProgramCache } from '../../bench/program-cache.js';
import { LEVELS } from '../../bench/result.js';
import type { Settings } from '../../bench/settings.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { ReadAheadBudget } from '../../src/sources/read-ahead-budget.js';
import { databaseOptions, RecordingSource } from '../../src/sources/recording-source.js';
import { ownBenchCache } from '../support/bench-cache.js';
import { SLOWED_BY, SPOIL, type Spoil } from '../support/spoil.js';

const SPOILT_WORKER = fileURLToPath(new URL('../support/spoilt-worker.js', import.meta.url));
/** Several batches. */
const EVENTS = 4000;
const ATTRIBUTES = 16;
const { signal } = new AbortController();

ownBenchCache('decode');

function night(layout: Layout, attributes = ATTRIBUTES, events = EVENTS) {
  return nightInLayout(layout, { events, attributes, signal, onMake: () => {} });
}

let expected: Promise<ExpectedContent> | undefined;

async function plan(): Promise<DecodePlan> {
  expected ??= expectedContent(await night('index'), signal);
  const { plain } = await expected;
  return {
    ...{
      night: await night('index'),
      indexed: await night('index'),
      warmUpEvents: EVENTS / 4,
      isConverted: false,
      reader: 'pages',
      expected: plain,
    },
    programCache: new ProgramCache('test'),
  };
}

function settings(wants: Settings['wants']): Settings {
  return {
    ...{ level: 'quick', events: undefined, seconds: undefined, highWaterMark: undefined },
    ...{ wants, signal, onMake: () => {}, onStep: () => {} },
  };
}

describe('decode', () => {
  it('prepares what is asked for, and what that is compared with', async () => {
    const { cases } = await prepareDecode(
      settings((id) => id === '16 attributes, index'),
      ATTRIBUTES * EVENTS,
    );
    assert.deepEqual(
      cases.map(({ id }) => id),
      ['16 attributes, index', '16 attributes, SQLite alone'],
    );
  });

  it('has cases of their own names, and references and pictures of some of them, at every level', () => {
    for (const level of LEVELS) {
      const ids = casesAt(level).map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      for (const { reference } of casesAt(level)) assert.ok(reference === null || ids.includes(reference));
    }
    const all = casesAt('full').map(({ id }) => id);
    assert.equal(all.length, 3 * (2 * 2 + 2 + 1) + 3);
    for (const { cases = [] } of decodeScenario.charts) for (const id of cases) assert.ok(all.includes(id));
  });
});

it('takes turns with SQLite alone: what takes that longer makes the ratio smaller', async () => {
  const { path } = await night('index');
  const costOf = async (times: number) => {
    const pool = new DecoderPool(0);
    const reader = new SqliteReader(path);
    const read = (first: number, last: number) => {
      for (let i = 1; i < times; i++) reader.read(first, last);
      return reader.read(first, last);
    };
    try {
      const options = databaseOptions(resolveOptions({ databases: [path] }), new ReadAheadBudget(1 << 24));
      const source = await RecordingSource.open(pool, path, options);
      return await pairedCost(source, { read }, EVENTS / 4);
    } finally {
      reader.close();
      await pool.close();
    }
  };
  const [once, tenfold] = [await costOf(1), await costOf(10)];
  assert.ok(once! > 3 * tenfold!, `${once}, ${tenfold}`);
});

describe('decode, with a worker that is spoilt', () => {
  afterEach(() => {
    delete process.env[SPOIL];
  });

  const spoilt = async (spoil: Spoil) => {
    process.env[SPOIL] = spoil;
    return decodeOnce({ ...(await plan()), worker: SPOILT_WORKER });
  };

  it('shows one that is slow, by its rate and its CPU time', async () => {
    const asItIs = await decodeOnce(await plan());
    const slow = await spoilt('slow');
    assert.deepEqual([asItIs.reasons, slow.reasons], [[], []]);
    const least = SLOWED_BY / 5;
    assert.ok(slow.figures.eventsPerS! < asItIs.figures.eventsPerS! / least);
    assert.ok(slow.figures.cpuUs! > least * asItIs.figures.cpuUs!);
  });

  it('calls a trial invalid in which an event is missing', async () => {
    const { reasons } = await spoilt('event');
    assert.equal(reasons.length, 2);
    assert.equal(reasons[0], `decoded ${EVENTS - 1} of ${EVENTS} events`);
  });

  it('calls a trial invalid in which a byte is wrong', async () => {
    const { reasons } = await spoilt('byte');
    assert.equal(reasons.length, 1);
    assert.match(reasons[0], /^topics and payloads are not those of the rows of .*: expected SHA-256 /);
  });
});

for (const [attributes, generated] of [
  [4, '__key, __data_time, __wire_time, bench.number'],
  [9, undefined],
] as const) {
  it(`lays out the same rows of ${attributes} attributes, each event's in their order`, async () => {
    const rows = await Promise.all(
      LAYOUTS.map(async (layout) => read((await night(layout, attributes, 200)).path)),
    );
    const [indexed, contiguous, scattered] = rows;
    assert.equal(indexed.rows.length, 200 * attributes);
    assert.deepEqual(contiguous.rows, indexed.rows);
    assert.deepEqual(byEvent(scattered.rows), indexed.rows);
    assert.deepEqual([indexed.indexes, contiguous.indexes, scattered.indexes], [1, 0, 0]);
    // By chance, one in 200 has one of its own event before it.
    const neighbours = scattered.rows.filter((row, i) => row.event_id === scattered.rows[i - 1]?.event_id);
    assert.ok(neighbours.length < scattered.rows.length / 20);
    const keys = indexed.rows.slice(0, attributes).map(({ key }) => key);
    if (generated !== undefined) assert.equal(keys.join(', '), generated);
  });
}

interface Row {
  readonly event_id: number;
  readonly key: string;
}

function read(path: string): { rows: Row[]; indexes: number } {
  const database = new SQLite(path, { readonly: true });
  try {
    const rows = database.prepare('SELECT * FROM attribute ORDER BY rowid').all() as Row[];
    const indexes = database.prepare(`SELECT count(*) FROM sqlite_schema WHERE type = 'index'`).pluck().get();
    return { rows, indexes: indexes as number };
  } finally {
    database.close();
  }
}

/** As a stable sort leaves them. */
function byEvent(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => a.event_id - b.event_id);
}
