import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import SQLite from 'better-sqlite3';
import { requireRoom } from '../../bench/disk-room.js';
import { nightPath, SEQUENCE_KEY } from '../../bench/night.js';
import type { Level } from '../../bench/result.js';
import type { Case, Measured, Prepared } from '../../bench/scenario.js';
import { idOf, startCases } from '../../bench/start/cases.js';
import { ATTRIBUTES } from '../../bench/start/night-forms.js';
import { startScenario } from '../../bench/start/scenario.js';
import { ownBenchCache } from '../support/bench-cache.js';

const EVENTS = 3000;
const SLEEP_S = 2;

/** The benchmark's cache is in here, and leaves with it. */
const folder = ownBenchCache('start');

function prepare(
  events: number,
  wants: (id: string) => boolean = () => true,
  level: Level = 'quick',
): Promise<Prepared> {
  return startScenario.prepare({
    ...{ level, events, seconds: undefined, highWaterMark: undefined },
    wants,
    signal: new AbortController().signal,
    onMake: () => {},
    onStep: () => {},
  });
}

function caseOf({ cases }: Prepared, end: string): Case {
  const found = cases.find(({ id }) => id.endsWith(end));
  assert(found !== undefined);
  return found;
}

function figure({ figures }: Measured, name: string): number {
  return Number(figures[name]);
}

/** Changes a night as nothing of the benchmark would. */
function change(path: string, sql: string): void {
  const database = new SQLite(path);
  database.prepare(sql).run(SEQUENCE_KEY);
  database.close();
}

describe('the benchmark of starts', () => {
  it('measures the state that a case names whichever others are asked for', async () => {
    const prepared = await prepare(EVENTS, (id) => id.endsWith('__wire_time, no index, kept'));
    assert.equal(prepared.cases.length, 1);
    const { reasons, figures } = await prepared.cases[0].measure();
    assert.deepEqual(reasons, []);
    assert(Number(figures.keptBytes) > 0);
    prepared.close?.();
  });

  it('knows the order by data time, of a night of the same rows without the index', async () => {
    const events = 400;
    const prepared = await prepare(events, (id) => /^400 .*__data_time, no index, cold$/.test(id), 'full');
    const [each] = prepared.cases;
    assert.deepEqual((await each.measure()).reasons, [], each.id);
    prepared.close?.();
    assertSameRows(nightPath({ events, attributes: ATTRIBUTES }));
  });

  it('knows a night of the same events whose ids are texts', async () => {
    const events = 410;
    const prepared = await prepare(events, (id) => id.endsWith('text ids, cold'), 'full');
    const [{ parameters, measure }] = prepared.cases;
    assert.equal(parameters.ids, 'text');
    assert.deepEqual((await measure()).reasons, []);
    prepared.close?.();
    const path = nightPath({ events, attributes: ATTRIBUTES }).replace(/\.db$/, '-textids.db');
    const database = new SQLite(path, { readonly: true });
    const types = database
      .prepare('SELECT DISTINCT typeof(event_id), length(event_id) FROM attribute')
      .raw()
      .all();
    assert.deepEqual(types, [['text', 24]]);
    database.close();
  });

  it('shows a program that takes longer to start', async () => {
    const prepared = await prepare(EVENTS, (id) => id.endsWith('none, index, cold'));
    const [each] = prepared.cases;
    const sleeper = join(folder, 'sleeper.mjs');
    writeFileSync(
      sleeper,
      `import { isMainThread } from 'node:worker_threads';
       if (isMainThread) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${1000 * SLEEP_S});`,
    );
    process.env.NODE_OPTIONS = `--import=${sleeper}`;
    try {
      const slowed = await each.measure();
      assert.deepEqual(slowed.reasons, []);
      assert.equal(figure(slowed, 'keptBytes'), 0, 'there is an index');
      assert(figure(slowed, 'firstEventS') > SLEEP_S);
      // Of the start alone: jumps are as fast as ever.
      assert(figure(slowed, 'seekS') < SLEEP_S);
    } finally {
      delete process.env.NODE_OPTIONS;
    }
  });

  it('measures runs from the start of the process to its end, as ratios to bare Node', async () => {
    const events = 450;
    const wanted = ['bare Node', '--version', '450 events, whole replay'];
    const prepared = await prepare(events, (id) => wanted.includes(id));
    assert.deepEqual(
      prepared.cases.map(({ id, reference }) => [id, reference]),
      wanted.map((id, i) => [id, i === 0 ? null : 'bare Node']),
    );
    let cpuUsPerEvent = 0;
    for (const each of prepared.cases) {
      const measured = await each.measure();
      cpuUsPerEvent = figure(measured, 'cpuUsPerEvent');
      assert.deepEqual(measured.reasons, [], each.id);
      assert(figure(measured, 'wallS') > 0, each.id);
    }
    const whole = caseOf(prepared, 'whole replay');
    assert(cpuUsPerEvent > 0);
    change(
      nightPath({ events, attributes: ATTRIBUTES }),
      'DELETE FROM event WHERE event_id = 1 AND ? IS NOT NULL',
    );
    assert.deepEqual((await whole.measure()).reasons, ['sent 449 of 450 events']);
    prepared.close?.();
  });

  it('calls a trial invalid whose first event is another one than SQLite gives, and the one after a jump', async () => {
    const events = 500;
    const prepared = await prepare(events, (id) => id.endsWith('none, index, cold'));
    change(
      nightPath({ events, attributes: ATTRIBUTES }),
      'UPDATE attribute SET value = value + 77 WHERE key = ?',
    );
    const [first, ...others] = (await caseOf(prepared, 'cold').measure()).reasons;
    assert.equal(first, 'the first event was number 78, not number 1');
    assert(others.length > 1);
    for (const reason of others)
      assert.match(reason, /^after a jump to \d+\.\d+ came number \d+, not number \d+$/);
  });

  it('calls a trial invalid whose program fails, and says why', async () => {
    const events = 700;
    const prepared = await prepare(events, (id) => id.endsWith('none, index, cold'));
    writeFileSync(nightPath({ events, attributes: ATTRIBUTES }), 'no database');
    const { reasons } = await caseOf(prepared, 'cold').measure();
    assert.match(reasons[0], /^the program ended with 1 before its time: .*Not a SQLite database/);
  });
});

/** Of a night and its copy, whose file has no trace of an index. */
function assertSameRows(path: string): void {
  const indices = `SELECT count(*) FROM sqlite_schema WHERE type = 'index'`;
  const [[rows, , indexed], [copied, pages, unindexed]] = [path, path.replace(/\.db$/, '-noindex.db')].map(
    (file) => {
      const database = new SQLite(file, { readonly: true });
      const tables = ['event', 'attribute'].map((table) =>
        database.prepare(`SELECT rowid, * FROM ${table}`).all(),
      );
      const freePages = database.pragma('freelist_count', { simple: true });
      const count = database.prepare(indices).pluck().get();
      database.close();
      return [tables, freePages, count];
    },
  );
  assert.deepEqual(copied, rows);
  assert.deepEqual([indexed, unindexed, pages], [1, 0, 0]);
}

it('has the least and the most preparation in a quick look', () => {
  assert.deepEqual(
    startCases({ level: 'quick', events: 2000 }).map(idOf),
    ['none, index', '__wire_time, no index'].flatMap((way) =>
      ['cold', 'kept'].map((cache) => `2000 events, ${way}, ${cache}`),
    ),
  );
});

it('has each size cold, and the largest with what was kept too', () => {
  const ids = startCases({ level: 'full', events: 10_000 }).map(idOf);
  assert.equal(new Set(ids).size, ids.length);
  for (const events of [1000, 10_000]) {
    const own = ids.filter((id) => id.startsWith(`${events} events`));
    const [cold, kept] = ['cold', 'kept'].map((state) => own.filter((id) => id.endsWith(state)).length);
    assert.deepEqual([cold, kept], events === 10_000 ? [7, 6] : [4, 0]);
  }
  assert.deepEqual(
    ids.filter((id) => id.endsWith('prepared')),
    ['10000 events, none, index, prepared'],
  );
  assert.deepEqual(
    ids.filter((id) => id.includes('text ids')),
    ['10000 events, none, index, text ids, cold'],
  );
  assert.equal(ids.length, 18);
});

it('says how much room a disk lacks', () => {
  requireRoom(folder, 1);
  assert.throws(
    () => requireRoom(folder, 1e18),
    /^Error: Expected 1 EB to be free in .*, found .*: ask for fewer/,
  );
});
