import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { Archive } from '../src/archive.js';
import { CacheFolder } from '../src/database/cache-folder.js';
import { DecoderPool } from '../src/decoder-pool.js';
import { type ReplayOptions, resolveOptions } from '../src/options.js';
import type { SortBy } from '../src/sort-by.js';
import type { Run } from '../src/timeline.js';
import { stateOfFolder } from './folder-state.js';
import { plainEvent, type StoredEvent, writeEvents } from './stored-event.js';

/**
 * What is played of several recordings, and in which order, against a model that does what the documentation says, word by
 * word: in order of play, those that are due from the start on and before the end.
 */

const WORKERS = 2;
const RUNS = 80;
/** Times are whole quarters of seconds from here: exact, in decimals and as doubles. */
const EPOCH_S = 1_521_854_100;

interface Moment {
  readonly topic: string;
  /** When it is due and its data time, in quarters of seconds. Undefined: no such time. */
  readonly wire: number | undefined;
  readonly data: number | undefined;
}

interface Named extends Moment {
  readonly name: string;
  /** NaN: at once. */
  readonly dueS: number;
  readonly dataS: number;
}

const quarters = fc.option(fc.integer({ min: 0, max: 120 }), { nil: undefined, freq: 12 });
const night = fc.record({
  moments: fc.array(
    fc.record({ topic: fc.constantFrom('a.b.c', 'a.b.d', 'x.y.z'), wire: quarters, data: quarters }),
    { maxLength: 40 },
  ),
  /** Of its events, so that nights follow each other or overlap. */
  shift: fc.integer({ min: 0, max: 200 }),
  isSorted: fc.boolean(),
  index: fc.boolean(),
});
const point = fc.oneof(
  fc
    .integer({ min: -10, max: 340 })
    .map((at) => ({ given: String(EPOCH_S + at / 4), from: 'epoch', at }) as const),
  fc.integer({ min: 1, max: 300 }).map((at) => ({ given: `+${at / 4}s`, from: 'first', at }) as const),
  fc.integer({ min: 1, max: 300 }).map((at) => ({ given: `-${at / 4}s`, from: 'last', at }) as const),
);
type Point = typeof point extends fc.Arbitrary<infer T> ? T : never;
const plans = fc.record({
  nights: fc.array(night, { minLength: 1, maxLength: 4 }),
  sortBy: fc.constantFrom<SortBy>('none', '__wire_time', '__data_time'),
  start: fc.option(point, { nil: undefined }),
  end: fc.option(point, { nil: undefined }),
  exclude: fc.constantFrom<string[]>([], ['a.b.?']),
  prime: fc.boolean(),
});

function named(moment: Moment, file: number, i: number, shift: number): Named {
  const timeOf = (at: number | undefined) => (at === undefined ? Number.NaN : EPOCH_S + (at + shift) / 4);
  const [wireS, dataS] = [timeOf(moment.wire), timeOf(moment.data)];
  return { ...moment, name: `${file}.${i}`, dueS: Number.isNaN(wireS) ? dataS : wireS, dataS };
}

/** What an event is merged by. */
function keyBy(sortBy: SortBy): (event: Named) => number {
  return ({ dueS, dataS }) => (sortBy === '__data_time' && !Number.isNaN(dataS) ? dataS : dueS);
}

/** The selected events in order of play. Where a file begins, all of its events say. */
function orderOfPlay(
  files: readonly (readonly Named[])[],
  sortBy: SortBy,
  isSelected: (event: Named) => boolean = () => true,
): Named[] {
  const keyOf = keyBy(sortBy);
  const sorted = files.map((events) => {
    if (sortBy === 'none') return events;
    const rank = (event: Named) => (Number.isNaN(keyOf(event)) ? Number.NEGATIVE_INFINITY : keyOf(event));
    return [...events].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
  });
  const begun = sorted.map((events, file) => {
    const first = events.map(keyOf).find((keyS) => !Number.isNaN(keyS)) ?? Number.NEGATIVE_INFINITY;
    return { events, file, first };
  });
  begun.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.file - b.file));
  const placed = begun.flatMap(({ events, first }, file) => {
    let placeS = first;
    return events.filter(isSelected).map((event, position) => {
      if (keyOf(event) > placeS) placeS = keyOf(event);
      return { event, placeS, file, position };
    });
  });
  placed.sort((a, b) =>
    a.placeS < b.placeS ? -1 : a.placeS > b.placeS ? 1 : a.file - b.file || a.position - b.position,
  );
  return placed.map(({ event }) => event);
}

describe('an archive', () => {
  let folder: string;
  let pool: DecoderPool;
  let archives = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcs-archive-'));
    pool = new DecoderPool(WORKERS, { cacheFolder: join(folder, 'cache') });
  });

  after(async () => {
    await pool.close();
    rmSync(folder, { recursive: true });
  });

  function write(nights: readonly { events: readonly Named[]; index: boolean }[]): string[] {
    archives += 1;
    return nights.map(({ events, index }, file) => {
      const path = join(folder, `${archives}-${file}.db`);
      writeEvents(path, events.map(storedEvent), { index });
      return path;
    });
  }

  async function played(
    databases: readonly string[],
    options: ReplayOptions,
  ): Promise<[past: string[], names: string[]]> {
    const archive = await Archive.open(
      pool,
      resolveOptions({ databases, times: 'original', workers: WORKERS, ...options }),
    );
    const { past, timeline } = archive.pass({ prime: options.prime ?? false });
    const runs: Run[] = [];
    for await (const run of timeline) runs.push(run);
    return [namesOf(await past), namesOf(runs)];
  }

  it('plays what is due from the start on and before the end, and knows what was before', async () => {
    let empty = 0;
    await fc.assert(
      fc.asyncProperty(plans, async ({ nights, sortBy, start, end, exclude, prime }) => {
        const files = nights.map(({ moments, shift, isSorted }, file) => {
          const events = moments.map((moment, i) => named(moment, file, i, shift));
          return isSorted ? [...events].sort((a, b) => (a.wire ?? 0) - (b.wire ?? 0)) : events;
        });
        const paths = write(files.map((events, i) => ({ events, index: nights[i].index })));
        // Relative times count from the first and the last event, in the order of the table or by time.
        const extents = files.map((events) => extentOf(events));
        const firstS = Math.min(...extents.map(({ first }) => first).filter((timeS) => !Number.isNaN(timeS)));
        const lastS = Math.max(...extents.map(({ last }) => last).filter((timeS) => !Number.isNaN(timeS)));
        const timeOf = (given: Point) =>
          given.from === 'epoch'
            ? EPOCH_S + given.at / 4
            : given.from === 'first'
              ? firstS + given.at / 4
              : lastS - given.at / 4;
        const startS = start === undefined ? Number.NEGATIVE_INFINITY : timeOf(start);
        const endS = end === undefined ? Number.POSITIVE_INFINITY : timeOf(end);
        const options = { sortBy, start: start?.given, end: end?.given, exclude, prime };
        const isRelative = [start, end].some((given) => given !== undefined && given.from !== 'epoch');
        if (startS >= endS || (isRelative && !Number.isFinite(firstS))) {
          await assert.rejects(played(paths, options), { code: 'BAD_OPTION' });
          return;
        }
        const isWanted = ({ topic }: Named) => exclude.length === 0 || !topic.startsWith('a.b');
        const isAll = start === undefined && end === undefined;
        const expected = orderOfPlay(
          files,
          sortBy,
          (event) => isWanted(event) && (isAll || (event.dueS >= startS && event.dueS < endS)),
        );
        if (expected.length === 0) empty += 1;
        const past = new Map<string, Named>();
        if (prime && start !== undefined) {
          // Of a recording, the last in its order of play; of several recordings, the latest.
          for (const events of filesInOrder(files, sortBy)) {
            const isBefore = (event: Named) => isWanted(event) && event.dueS < startS;
            const states = new Map(
              orderOfPlay([events], sortBy, isBefore).map((event) => [event.topic, event]),
            );
            for (const [topic, event] of states) {
              const known = past.get(topic);
              if (known === undefined || known.dueS <= event.dueS) past.set(topic, event);
            }
          }
        }
        const pastNames = [...past.values()].sort((a, b) => a.dueS - b.dueS).map(({ name }) => name);
        const [pastPlayed, names] = await played(paths, options);
        assert.deepEqual(
          names,
          expected.map(({ name }) => name),
        );
        assert.deepEqual(new Set(pastPlayed), new Set(pastNames));
      }),
      { numRuns: RUNS },
    );
    assert.ok(empty < RUNS / 2);
  });

  it('includes an event that is due at the start, to the microsecond, and excludes one at the end', async () => {
    const events = [0, 1, 2, 3].map((i) => ({
      ...named({ topic: 'a.b.c', wire: 0, data: 0 }, 0, i, 0),
      dueS: EPOCH_S + i / 1e6,
    }));
    const paths = write([{ events, index: true }]);
    for (const sortBy of ['none', '__wire_time'] as const) {
      const start = `${EPOCH_S}.000001`;
      const [, names] = await played(paths, { sortBy, start, end: `${EPOCH_S}.000003` });
      assert.deepEqual(names, ['0.1', '0.2']);
      const [, byDate] = await played(paths, { sortBy, start: '2018-03-24T01:15:00.000002Z' });
      assert.deepEqual(byDate, ['0.2', '0.3']);
    }
  });

  it('makes nothing of recordings that lie surely outside of what is played', async () => {
    const home = mkdtempSync(join(folder, 'home-'));
    const days = [0, 1, 2, 3, 4, 5];
    for (const day of days) {
      const events = [0, 1, 2].map((i) =>
        named({ topic: 'a.b.c', wire: 4 * i, data: 4 * i }, day, i, 4 * 86_400 * day),
      );
      const stored = events.map(storedEvent).map((event, i) => ({ ...event, dataTime: events[i].dataS }));
      writeEvents(join(home, `${day}.db`), stored, { index: false });
    }
    const cache = new CacheFolder(join(folder, 'cache'));
    const made = () => cache.entries().filter(({ source }) => source.startsWith(home)).length;
    const [, night] = await played([home], { night: '2018-03-25' });
    assert.deepEqual(night, ['2.0', '2.1', '2.2']);
    // A day before and after, events might still be due in that night.
    assert.ok(made() <= 3, `${made()} indices`);
    // What counts from the last event concerns them all.
    const [, last] = await played([home], { start: '-1s' });
    assert.deepEqual(last, ['5.1', '5.2']);
    assert.equal(made(), days.length);
  });

  it('leaves the recordings and their folder as they are, in every order and selection', async () => {
    const home = mkdtempSync(join(folder, 'home-'));
    const events = Array.from({ length: 50 }, (_, i) =>
      named({ topic: 'a.b.c', wire: (i * 37) % 101, data: i }, 0, i, 0),
    );
    const paths = [true, false].map((index) => {
      const path = join(home, `${index}.db`);
      writeEvents(path, events.map(storedEvent), { index });
      return path;
    });
    const state = stateOfFolder(home);
    for (const sortBy of ['none', '__wire_time', '__data_time'] as const) {
      for (const options of [{}, { start: '+1s', prime: true }, { end: '-1s' }]) {
        const [, names] = await played([home], { sortBy, ...options });
        assert.ok(names.length > paths.length);
        assert.deepEqual(stateOfFolder(home), state);
      }
    }
  });
});

/** Due times of the first and the last event, as far as they have any. */
function extentOf(events: readonly Named[]): { first: number; last: number } {
  const times = orderOfPlay([events], 'none').map(({ dueS }) => dueS);
  return {
    first: times.find((timeS) => !Number.isNaN(timeS)) ?? Number.NaN,
    last: times.findLast((timeS) => !Number.isNaN(timeS)) ?? Number.NaN,
  };
}

function filesInOrder(files: readonly (readonly Named[])[], sortBy: SortBy): (readonly Named[])[] {
  const firsts = files.map((events, file) => {
    const ordered = orderOfPlay([events], sortBy);
    const first = ordered.map(keyBy(sortBy)).find((keyS) => !Number.isNaN(keyS)) ?? Number.NEGATIVE_INFINITY;
    return { events, file, first };
  });
  return firsts
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.file - b.file))
    .map(({ events }) => events);
}

function namesOf(runs: readonly Run[]): string[] {
  return runs.flatMap(({ batch, first, end }) =>
    Array.from({ length: end - first }, (_, i) => {
      const payload = batch.payloads.toString('latin1', batch.startOf(first + i), batch.endOf(first + i));
      return (JSON.parse(payload) as { name: string }).name;
    }),
  );
}

function storedEvent({ topic, name, wire, data, dueS, dataS }: Named, i: number): StoredEvent {
  const attribute = (key: string, value: string) => ({ key, value, dataType: 'string' });
  const attributes = [attribute('name', name)];
  if (wire !== undefined) attributes.push(attribute('__wire_time', dueS.toFixed(6)));
  if (data !== undefined) attributes.push(attribute('__data_time', dataS.toFixed(6)));
  return { ...plainEvent(BigInt(3 * i + 1)), topic, dataTime: null, attributes };
}
