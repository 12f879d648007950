import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import type { ArchiveResult } from '../bench/archive.js';
import { summarizeCases, summarizeCosts } from '../bench/archive-summary.js';
import type { ArchiveTrial } from '../bench/archive-trial.js';
import { cachePath } from '../bench/cache.js';
import type { CostTrial } from '../bench/cost-trial.js';
import { requireRoom } from '../bench/disk-room.js';
import { endAll, type Outcome, RunningProgram, skipWithoutPython } from './peer.js';

const BENCH = fileURLToPath(new URL('../bench/main.js', import.meta.url));
const EVENTS = 2000;
const PLAYED = 1500;
const TIMEOUT_MS = 120_000;

/** The caches of the benchmark are in here, one for each test, and leave with it. */
const folder = mkdtempSync(join(tmpdir(), 'tcs-bench-archive-'));

after(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

function archive(
  args: readonly string[],
  { cache, env }: { cache: string; env?: Record<string, string> },
): Promise<Outcome> {
  const options = { timeoutMs: TIMEOUT_MS, env: { TMPDIR: cache, ...env } };
  return new RunningProgram(process.execPath, [BENCH, 'archive', ...args], options).outcome;
}

function cacheFolder(): string {
  return mkdtempSync(join(folder, 'cache-'));
}

function resultOf(stdout: string): ArchiveResult {
  return JSON.parse(stdout) as ArchiveResult;
}

describe('the archive benchmark', { skip: skipWithoutPython(), concurrency: true }, () => {
  it('plays a night without index, cold and then cached, in the order that is asked for', async () => {
    const cache = cacheFolder();
    const args = ['--events', String(EVENTS), '--first', String(PLAYED), '--orders', '__wire_time'];
    const { code, stdout, stderr } = await archive([...args, '--only', 'noindex', '--json'], { cache });
    assert.equal(code, 0, stderr);
    const { trials, cases, costTrials, nights, conditions } = resultOf(stdout);
    const common = {
      index: 'noindex',
      order: '__wire_time',
      run: 1,
      state: 'valid',
      received: PLAYED,
      lost: 0,
    };
    assert.deepEqual(
      trials.map(({ index, order, cache, run, state, received, lost }) => ({
        ...{ index, order, cache, run, state, received, lost },
      })),
      [
        { ...common, cache: 'cold' },
        { ...common, cache: 'cached' },
      ],
    );
    for (const trial of trials) {
      assert(Number(trial.firstEventS) > 0 && Number(trial.eventsPerS) > 0);
      assert(trial.keptBytes > 0);
      if (process.platform === 'linux') assert(Number(trial.peakRssBytes) > 1e6);
    }
    assert.deepEqual(
      cases.map(({ cache, firstEventS }) => [cache, firstEventS?.median]),
      trials.map(({ cache, firstEventS }) => [cache, firstEventS]),
    );
    assert.deepEqual(costTrials, []);
    assert.deepEqual(
      nights.map(({ events, attributes, index }) => [events, attributes, index]),
      [
        [EVENTS / 100, 9, 'index'],
        [EVENTS / 10, 9, 'index'],
        [EVENTS, 9, 'noindex'],
      ],
    );
    assert.equal(conditions.playedEvents, PLAYED);
    assertSameRows(cache);
    const [kept] = readdirSync(cache);
    for (const name of readdirSync(join(cache, kept)))
      assert.match(name, /^(night-[\w-]+\.(db|ranks)|subscriber)$/);
  });

  it('prints tables for people, with the cost of an event in nights of three sizes', async () => {
    const args = ['--events', String(EVENTS), '--full', '--only', 'index', '--orders', '__data_time'];
    const { code, stdout, stderr } = await archive(args, {
      cache: cacheFolder(),
      // The receiver in Python checks the order too.
      env: { CC: 'no-such-compiler' },
    });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /100 % of 2,000 events/);
    assert.match(stdout, /2,000 events of 9 attributes, \d/);
    assert.match(stdout, /│ yes +│ __data_time │ cold +│ 1 of 1 │/);
    assert.match(stdout, /│ yes +│ __data_time │ cached │ 1 of 1 │/);
    for (const events of ['20', '200', '2,000']) {
      assert.match(stdout, new RegExp(`│ +${events} │ 1 of 1 │`));
    }
  });

  it('calls a trial invalid whose events come in another order than SQLite gives', async () => {
    const cache = cacheFolder();
    const kept = join(cache, basename(cachePath()));
    mkdirSync(kept);
    // As if the order by time were that of the table.
    writeFileSync(
      join(kept, `night-v1-seed1-${EVENTS}x9-__data_time.ranks`),
      Uint32Array.from({ length: EVENTS }, (_, i) => i + 1),
    );
    const args = ['--events', String(EVENTS), '--only', 'noindex', '--orders', '__data_time', '--json'];
    const { code, stdout, stderr } = await archive(args, { cache });
    assert.equal(code, 1, stderr);
    for (const { state, received, outOfOrder } of resultOf(stdout).trials) {
      assert(state === 'invalid' && received === EVENTS && outOfOrder! > 0);
    }
  });

  it('calls a trial invalid whose count falls short, and fails', async () => {
    const events = 10_000;
    const args = [
      '--events',
      String(events),
      '--only',
      'noindex',
      '--orders',
      'none',
      '--hwm',
      '1',
      '--json',
    ];
    const { code, stdout, stderr } = await archive(args, { cache: cacheFolder() });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /noindex, none, cold 1: INVALID: received \d+ of 10000 events/);
    const { trials, cases } = resultOf(stdout);
    for (const { state, received, lost } of trials) {
      assert(state === 'invalid' && lost! > 0 && received! + lost! === events);
    }
    assert.deepEqual(
      cases.map(({ invalidTrials, firstEventS, eventsPerS }) => ({ invalidTrials, firstEventS, eventsPerS })),
      Array(2).fill({ invalidTrials: 1, firstEventS: null, eventsPerS: null }),
    );
  });

  it('refuses an order that it does not know', async () => {
    const { code, stderr } = await archive(['--orders', 'none,wire_time'], { cache: cacheFolder() });
    assert.equal(code, 2);
    assert.match(stderr, /^error: Expected --orders to be none, __data_time or __wire_time, got "wire_time"/);
  });
});

/** Of the largest night and its copy, whose file has no trace of an index. */
function assertSameRows(cache: string): void {
  const [kept] = readdirSync(cache);
  const path = join(cache, kept, `night-v1-seed1-${EVENTS}x9`);
  const [rows, copiedRows] = [`${path}.db`, `${path}-noindex.db`].map((file) => {
    const database = new SQLite(file, { readonly: true });
    const all = ['event', 'attribute'].map((table) =>
      database.prepare(`SELECT rowid, * FROM ${table}`).all(),
    );
    if (file.endsWith('-noindex.db')) {
      assert.equal(
        database.prepare(`SELECT count(*) FROM sqlite_schema WHERE type = 'index'`).pluck().get(),
        0,
      );
      assert.equal(database.pragma('freelist_count', { simple: true }), 0);
    }
    database.close();
    return all;
  });
  assert.equal(rows[1].length, 9 * EVENTS);
  assert.deepEqual(copiedRows, rows);
}

const MEASUREMENT = {
  ...{ received: 10, lost: 0, outOfOrder: 0, durationS: 1, bytes: 1, bytesPerS: 1, wallS: 1 },
  ...{ publisherEventsPerS: 1, cpuS: null, cpuUsPerEvent: null },
};

it('averages valid trials only, those of a case together', () => {
  const trial = (
    cache: ArchiveTrial['cache'],
    eventsPerS: number,
    state: 'valid' | 'invalid',
  ): ArchiveTrial => ({
    ...{
      index: 'index',
      order: 'none',
      cache,
      run: 1,
      firstEventS: 1,
      firstEventPeakRssBytes: 1,
      keptBytes: 0,
    },
    ...{ isFromDisk: null, peakRssBytes: 1, ...MEASUREMENT, eventsPerS },
    ...(state === 'valid' ? { state } : { state, reasons: ['as a test'] }),
  });
  const cases = summarizeCases([
    trial('cold', 10, 'valid'),
    trial('cached', 20, 'valid'),
    trial('cold', 900, 'invalid'),
    trial('cold', 30, 'valid'),
  ]);
  assert.deepEqual(
    cases.map(({ cache, trials, invalidTrials, eventsPerS }) => [cache, trials, invalidTrials, eventsPerS]),
    [
      ['cold', 3, 1, { median: 20, min: 10, max: 30 }],
      ['cached', 1, 0, { median: 20, min: 20, max: 20 }],
    ],
  );
});

it('compares the cost of an event to that in the smallest night', () => {
  const trial = (events: number, costCpuUs: number, peakRssBytes: number | null): CostTrial => ({
    ...{ events, run: 1, costCpuUs, costWallUs: 2 * costCpuUs, state: 'valid', eventsPerS: 1 },
    ...{ ...MEASUREMENT, peakRssBytes },
  });
  const costs = summarizeCosts([trial(1000, 12, null), trial(10, 8, 1), trial(100, 6, 3)]);
  assert.deepEqual(
    costs.map(({ events, ratios }) => [events, ratios]),
    [
      [10, { costCpu: 1, costWall: 1, peakRss: 1 }],
      [100, { costCpu: 0.75, costWall: 0.75, peakRss: 3 }],
      [1000, { costCpu: 1.5, costWall: 1.5, peakRss: null }],
    ],
  );
});

it('says how much room a disk lacks', () => {
  requireRoom(folder, 1);
  assert.throws(
    () => requireRoom(folder, 1e18),
    /^Error: Expected 1 EB to be free in .*, found .*: ask for fewer/,
  );
});
