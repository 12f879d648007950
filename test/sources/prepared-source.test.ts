/**
 * A prepared file is played as its database is: the same events, bytes, order, skipped events, past, silences and counts, for
 * any selection, order and seek. The database itself is the model.
 */

import assert from 'node:assert/strict';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { CacheFolder } from '../../src/database/cache/cache-folder.js';
import type { SortBy } from '../../src/database/order/sort-by.js';
import type { ReplayOptions } from '../../src/options/replay-options.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { formOf } from '../../src/prepare/prepared-form.js';
import { prepare } from '../../src/prepare.js';
import { PreparedSource } from '../../src/sources/prepared-source.js';
import { ReadAheadBudget } from '../../src/sources/read-ahead-budget.js';
import { databaseOptions } from '../../src/sources/recording-source.js';
import { Archive } from '../../src/timeline/archive.js';
import type { Run } from '../../src/timeline/timeline.js';
import { eventText, played } from '../support/played-runs.js';
import { plainEvent, type StoredEvent, writeEvents } from '../support/stored-event.js';

const EPOCH_S = 1_521_854_100;
const TOPICS = ['a.b.c', 'a.b.d', 'x.y.z', 'rare'];

interface NightPlan {
  /** `log`: times ascend; `disordered`: by some seconds not; `mixed`: at random. */
  readonly kind: 'log' | 'disordered' | 'mixed';
  readonly events: number;
  readonly seed: number;
  /** Seconds after the first night begins. */
  readonly shiftS: number;
  readonly index: boolean;
}

const nights = fc.array(
  fc.record<NightPlan>({
    kind: fc.constantFrom('log', 'disordered', 'mixed'),
    /** With more than 2000, a table whose times ascend is searched by bisection. */
    events: fc.oneof(
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 90 }) },
      { weight: 1, arbitrary: fc.integer({ min: 2001, max: 2600 }) },
    ),
    seed: fc.integer({ min: 1, max: 1 << 30 }),
    shiftS: fc.integer({ min: 0, max: 900 }),
    index: fc.boolean(),
  }),
  { minLength: 1, maxLength: 2 },
);
const at = fc.integer({ min: -20, max: 1300 }).map((offsetS) => EPOCH_S + offsetS + 0.25);
const plans = fc.record({
  nights,
  sortBy: fc.constantFrom<SortBy>('none', '__wire_time', '__data_time'),
  start: fc.option(at, { nil: undefined }),
  lengthS: fc.option(fc.integer({ min: 1, max: 700 }), { nil: undefined }),
  topics: fc.constantFrom<string[]>([], ['a.b.?'], ['rare'], ['x.y.z', 'rare']),
  exclude: fc.constantFrom<string[]>([], ['a.b.c']),
  times: fc.constantFrom('replay', 'original'),
  format: fc.constantFrom('json', 'msgpack'),
  convertNumber: fc.boolean(),
});
const seeks = fc.array(at, { minLength: 2, maxLength: 4 });

/** A row of events as a recorder writes them, and sometimes not. */
function storedEvents({ kind, events, seed, shiftS }: NightPlan): StoredEvent[] {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
  return Array.from({ length: events }, (_, i) => {
    const placeS = kind === 'mixed' ? 400 * random() : (i * 400) / events;
    const wireS = EPOCH_S + shiftS + placeS + (kind === 'disordered' ? 8 * random() : 0);
    const topic = random() < 0.002 ? 'rare' : TOPICS[Math.floor(3 * random())];
    const event = plainEvent(BigInt(2 * i + 1), topic, { n: String(i), 'a "b"': 'x'.repeat(20 * random()) });
    const isStray = random() < 0.002;
    const wire = isStray ? wireS + 5000 : wireS;
    const [time, ...rest] = event.attributes;
    const timed = random() < 0.01 ? rest : [{ ...time, value: wire.toFixed(6) }, ...rest];
    const data = { key: '__data_time', value: (wire - 3 * random()).toFixed(6), dataType: 'number' };
    return { ...event, attributes: random() < 0.02 ? timed : [...timed, data] };
  });
}

describe('a prepared file', () => {
  let folder: string;
  let pool: DecoderPool;
  let notices: string[] = [];
  let count = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcs-prepared-'));
    pool = new DecoderPool(0, { cacheFolder: join(folder, 'cache'), onNotice: (told) => notices.push(told) });
  });

  after(async () => {
    await pool.close();
    rmSync(folder, { recursive: true });
  });

  const cacheFolder = () => join(folder, 'cache');

  function write(plan: NightPlan): string {
    count += 1;
    const path = join(folder, `${count}.db`);
    writeEvents(path, storedEvents(plan), { index: plan.index });
    return path;
  }

  async function open(databases: readonly string[], options: ReplayOptions): Promise<Archive> {
    const resolved = resolveOptions({ databases, workers: 0, ...options });
    return Archive.open(pool, resolved, { onNotice: (told) => notices.push(told) });
  }

  async function opened(databases: readonly string[], options: ReplayOptions): Promise<[Archive, Archive]> {
    const prepared = await open(databases, options);
    assert.ok(prepared.recordings.every((source) => source instanceof PreparedSource));
    return [prepared, await open(databases, { ...options, prepared: false })];
  }

  it('is played as its database is, whatever is selected, sought and looked for', async () => {
    await fc.assert(
      fc.asyncProperty(plans, seeks, async (plan, times) => {
        const { start, lengthS, ...same } = plan;
        const databases = plan.nights.map(write);
        const { nights: _, topics, exclude, ...shape } = same;
        const made = await prepare({ ...shape, databases, workers: 0, cacheFolder: cacheFolder() });
        assert.deepEqual(
          made.map(({ state }) => state),
          databases.map(() => 'made'),
        );
        const options = { ...shape, topics, exclude, start, duration: start && lengthS };
        const [prepared, database] = await opened(databases, options);
        // In a disordered log, rows near the ends of a selection are found by another bisection.
        const hasSkipped = start === undefined || plan.nights.every(({ kind }) => kind !== 'disordered');
        const both = async <T>(look: (archive: Archive) => Promise<T>) =>
          assert.deepEqual(await look(prepared), await look(database));
        await both(async (archive) => played(archive.pass({ prime: false }).timeline, hasSkipped));
        await both(async (archive) => pastOf(await archive.past()));
        for (const timeS of times) {
          await both(async (archive) => {
            const pass = await archive.seek(timeS, { prime: true });
            return [await played(pass.timeline, hasSkipped), pastOf(await pass.past)];
          });
          await both((archive) => archive.nextEventOf('rare', timeS));
          await both((archive) => archive.nextSilence(timeS, 3));
        }
        await both(async ({ extent, firstTimeS, lastTimeS }) => [extent, firstTimeS, lastTimeS]);
        await both((archive) => Promise.all(archive.recordings.map((recording) => recording.glance())));
        if (plan.nights.every(({ kind }) => kind === 'log')) await both((archive) => archive.overview(7));
      }),
      { numRuns: 6 },
    );
  });

  it('is left for the database in the middle of a pass where it is damaged, and no event is lost or doubled', async () => {
    const kinds = fc.record({
      sortBy: fc.constantFrom<SortBy>('none', '__wire_time'),
      seed: fc.integer({ min: 1, max: 1 << 30 }),
      share: fc.double({ min: 0, max: 0.999, noNaN: true }),
      topics: fc.constantFrom<string[]>([], ['x.y.z', 'rare']),
      start: fc.option(at, { nil: undefined }),
      seekS: at,
    });
    await fc.assert(
      fc.asyncProperty(kinds, async ({ sortBy, seed, share, topics, start, seekS }) => {
        const path = write({ kind: 'log', events: 2600, seed, shiftS: 0, index: true });
        await prepare({ databases: path, sortBy, workers: 0, cacheFolder: cacheFolder() });
        const [file] = preparedFilesOf(path);
        const options = { sortBy, topics, start };
        const [prepared, database] = await opened([path], options);
        // All blocks: the last part of the file, which is verified when it is opened, stays as it is.
        flipBit(file, Math.floor(64 + share * (statSync(file).size - 16_384)));
        notices = [];
        const pass = async (archive: Archive) => played(archive.pass({ prime: false }).timeline, true);
        const rest = async (archive: Archive) =>
          played((await archive.seek(seekS, { prime: false })).timeline, true);
        assert.deepEqual(await pass(prepared), await pass(database));
        assert.deepEqual(await rest(prepared), await rest(database));
        if (topics.length === 0 && start === undefined) {
          assert.equal(notices.length, 1);
          assert.match(
            notices[0],
            /^The prepared file of .*: part \d+ of \d+ has changed since it was made; the database is read/,
          );
          assert.deepEqual(preparedFilesOf(path), []);
        }
      }),
      { numRuns: 5 },
    );
  });

  it('is not used, which is told, where it is cut off, changed, of another version, or its database has changed', async () => {
    const spoils: [told: RegExp, spoil: (file: string, path: string) => void][] = [
      [/it has \d+ bytes instead of \d+/, (file) => truncateSync(file, 1000)],
      [/it is no prepared file/, (file) => flipBit(file, 0)],
      [/another version of tcs-replay made it/, (file) => flipBit(file, 12)],
      [/its index has changed since it was made/, (file) => flipBit(file, statSync(file).size - 200)],
      [/it is cut off/, (file) => flipBit(file, statSync(file).size - 20)],
      [
        /the database has changed since it was made/,
        (_file, path) => {
          const database = new Database(path);
          database.exec('DELETE FROM event WHERE event_id > 15');
          database.close();
        },
      ],
    ];
    for (const [told, spoil] of spoils) {
      const path = write({ kind: 'log', events: 20, seed: 7, shiftS: 0, index: true });
      await prepare({ databases: path, workers: 0, cacheFolder: cacheFolder() });
      const [file] = preparedFilesOf(path);
      spoil(file, path);
      notices = [];
      const archive = await open([path], {});
      assert.ok(archive.recordings.every((source) => !(source instanceof PreparedSource)));
      assert.equal(notices.length, 1);
      assert.match(notices[0], told);
      const again = await prepare({ databases: path, workers: 0, cacheFolder: cacheFolder() });
      assert.equal(again[0].state, 'made');
      assert.ok((await open([path], {})).recordings[0] instanceof PreparedSource);
    }
  });

  it('is made by a replay that asks for it, and only of conversions, times and order of its own', async () => {
    const path = write({ kind: 'log', events: 20, seed: 7, shiftS: 0, index: true });
    const isPrepared = async (options: ReplayOptions) =>
      (await open([path], options)).recordings[0] instanceof PreparedSource;
    assert.equal(await isPrepared({}), false);
    assert.equal(await isPrepared({ prepare: true, topics: 'rare', start: EPOCH_S + 50 }), true);
    assert.equal(await isPrepared({ topics: 'a.b.c' }), true);
    assert.equal(await isPrepared({ prepared: false }), false);
    const others: ReplayOptions[] = [
      { convertNumber: true },
      { convertBool: true },
      { times: 'original' },
      { format: 'msgpack' },
      { sortBy: '__wire_time' },
    ];
    for (const options of others) assert.equal(await isPrepared(options), false, JSON.stringify(options));
    assert.throws(() => resolveOptions({ databases: path, prepare: true, prepared: false }), {
      code: 'BAD_OPTION',
    });
  });

  it('is not kept of a database that is damaged, nor where its making is ended', async () => {
    const path = write({ kind: 'log', events: 2500, seed: 7, shiftS: 0, index: true });
    const options = { databases: path, workers: 0, cacheFolder: cacheFolder() };
    const ending = new AbortController();
    const onPreparation = () => ending.abort();
    const ended = prepare({ ...options, signal: ending.signal, onPreparation });
    await assert.rejects(ended, { name: 'AbortError' });
    assert.deepEqual(preparedFilesOf(path), []);
    damagePage(path);
    const [{ state, reason }] = await prepare(options);
    assert.equal(state, 'none');
    assert.match(reason ?? '', /^it is damaged/);
    assert.deepEqual(preparedFilesOf(path), []);
  });

  it('keeps a bounded number of topics where each event has one of its own, and finds each event', async () => {
    const path = join(folder, 'ever-new.db');
    const topicOf = (i: number) => `${'long.'.repeat(20)}topic.${i}`;
    const events = 20_000;
    writeEvents(
      path,
      (function* () {
        for (let i = 1; i <= events; i++) yield plainEvent(BigInt(i), topicOf(i));
      })(),
    );
    const form = formOf('none', databaseOptions(resolveOptions({}), new ReadAheadBudget(1)).rules);
    await prepare({ databases: path, workers: 0, cacheFolder: cacheFolder() });
    const { topics } = (await pool.findPrepared(path, form))?.facts ?? assert.fail('it has no prepared file');
    assert.equal(topics[0], topicOf(1));
    assert.ok(topics.reduce((sum, topic) => sum + 2 * topic.length, 0) <= 4 << 20);
    assert.ok(topics.length > 1000 && topics.length < events);
    for (const wanted of [[1], [events], [7, events / 2, events - 1]]) {
      const [prepared, database] = await opened([path], { topics: wanted.map(topicOf) });
      const pass = (archive: Archive) => played(archive.pass({ prime: false }).timeline, true);
      const [of, model] = [await pass(prepared), await pass(database)];
      assert.equal(of.events.length, wanted.length);
      assert.deepEqual(of, model);
      const [found, expected] = await Promise.all(
        [prepared, database].map((archive) => archive.nextEventOf(topicOf(wanted[0]), EPOCH_S)),
      );
      assert.deepEqual(found, expected);
    }
  });

  it('is played to its end though another process, which keeps to a limit, removes it', async () => {
    const [path, other] = [1, 2].map((seed) =>
      write({ kind: 'log', events: 2600, seed, shiftS: 0, index: true }),
    );
    await prepare({ databases: path, workers: 0, cacheFolder: cacheFolder() });
    const [prepared, database] = await opened([path], {});
    const [file] = preparedFilesOf(path);
    const longAgoS = 1_700_000_000;
    utimesSync(join(dirname(file), 'entry.json'), longAgoS, longAgoS);
    notices = [];
    await prepare({ databases: other, workers: 0, cacheFolder: cacheFolder(), cacheLimitBytes: 1 });
    assert.deepEqual([preparedFilesOf(path).length, preparedFilesOf(other).length], [0, 1]);
    const pass = (archive: Archive) => played(archive.pass({ prime: false }).timeline, true);
    assert.deepEqual(await pass(prepared), await pass(database));
    assert.deepEqual(notices, []);
  });

  function preparedFilesOf(path: string): string[] {
    return new CacheFolder(cacheFolder())
      .entries()
      .filter(({ source, kind }) => source === realpathSync(path) && kind.startsWith('prepared'))
      .map((entry) => join(entry.folder, 'data'));
  }
});

function flipBit(path: string, place: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, place);
  writeSync(file, Buffer.from([byte[0] ^ 1]), 0, 1, place);
  closeSync(file);
}

/** Overwrites a page in the middle of a database. */
function damagePage(path: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, 4096 * Math.floor(statSync(path).size / 8192));
  closeSync(file);
}

function pastOf(runs: readonly Run[]): string[] {
  return runs.flatMap(({ batch, first, end }) =>
    Array.from({ length: end - first }, (_, i) => eventText(batch, first + i, false)),
  );
}
