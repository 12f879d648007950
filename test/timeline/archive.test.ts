/**
 * What is played of several recordings, and in which order, against a model that does what the documentation says, word by
 * word: in order of play, those that are due from the start on and before the end.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { CacheFolder } from '../../src/database/cache/cache-folder.js';
import type { SortBy } from '../../src/database/order/sort-by.js';
import type { ReplayOptions } from '../../src/options/replay-options.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { Archive, type Pass } from '../../src/timeline/archive.js';
import type { Run } from '../../src/timeline/timeline.js';
import { stateOfFolder } from '../support/folder-state.js';
import { plainEvent, type StoredEvent, writeEvents } from '../support/stored-event.js';

const WORKERS = 2;
const RUNS = 20;
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

interface Placed {
  readonly event: Named;
  /** The latest time that its file has reached with it. */
  readonly placeS: number;
  readonly file: number;
}

interface Sorted {
  readonly events: readonly Named[];
  /** The first time of all; -Infinity where there is none. */
  readonly firstS: number;
}

/** Files in order of time, each in its order of play. Where a file begins, all of its events say. */
function inOrder(files: readonly (readonly Named[])[], sortBy: SortBy): Sorted[] {
  const keyOf = keyBy(sortBy);
  const rank = (event: Named) => (Number.isNaN(keyOf(event)) ? Number.NEGATIVE_INFINITY : keyOf(event));
  const sorted = files.map((given, file) => {
    const events =
      sortBy === 'none'
        ? given
        : [...given].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
    const firstS = events.map(keyOf).find((keyS) => !Number.isNaN(keyS)) ?? Number.NEGATIVE_INFINITY;
    return { events, firstS, file };
  });
  return sorted.sort((a, b) => (a.firstS < b.firstS ? -1 : a.firstS > b.firstS ? 1 : a.file - b.file));
}

/** Events of files that are in order of time, merged. */
function merged(files: readonly Sorted[], sortBy: SortBy): Placed[] {
  const keyOf = keyBy(sortBy);
  const placed = files.flatMap(({ events, firstS }, file) => {
    let placeS = firstS;
    return events.map((event) => {
      if (keyOf(event) > placeS) placeS = keyOf(event);
      return { event, placeS, file };
    });
  });
  return placed.sort((a, b) => (a.placeS < b.placeS ? -1 : a.placeS > b.placeS ? 1 : a.file - b.file));
}

/** What of the events is played, and what is wanted. */
interface Wanted {
  readonly sortBy: SortBy;
  readonly isWanted: (event: Named) => boolean;
  /** Undefined: all times are. */
  readonly range: { readonly startS: number; readonly endS: number } | undefined;
}

function isPlayed({ isWanted, range }: Wanted): (event: Named) => boolean {
  return (event) =>
    isWanted(event) && (range === undefined || (event.dueS >= range.startS && event.dueS < range.endS));
}

/** All that is played, in order. */
function orderOfPlay(files: readonly (readonly Named[])[], wanted: Wanted): Placed[] {
  const { sortBy } = wanted;
  const sorted = inOrder(files, sortBy).map(({ events, firstS }) => ({
    events: events.filter(isPlayed(wanted)),
    firstS,
  }));
  return merged(sorted, sortBy);
}

/** The last event of each wanted topic from before a place, in order. */
function pastOf(files: readonly (readonly Named[])[], wanted: Wanted, timeS: number): Named[] {
  const { sortBy, range, isWanted } = wanted;
  const untilS = range === undefined ? timeS : Math.min(Math.max(timeS, range.startS), range.endS);
  const sorted = inOrder(files, sortBy);
  const past = new Set<Named>();
  for (const file of sorted) {
    const { events } = file;
    const isPast =
      sortBy === 'none' ? pastOfTable(file, wanted, timeS, untilS) : pastOfOrder(file, wanted, timeS, untilS);
    for (const event of events.filter(isPast)) past.add(event);
  }
  const all = merged(
    sorted.map(({ events, firstS }) => ({ events: events.filter(isWanted), firstS })),
    sortBy,
  );
  const last = new Map<string, Named>();
  for (const { event } of all) {
    if (!past.has(event)) continue;
    last.delete(event.topic);
    last.set(event.topic, event);
  }
  return [...last.values()];
}

type IsPast = (event: Named, i: number) => boolean;

/** What stands before the first event of a time, or is played before it, or is due before all that is played. */
function pastOfTable({ events, firstS }: Sorted, wanted: Wanted, timeS: number, untilS: number): IsPast {
  const { range } = wanted;
  const isLate = ({ dueS }: Named) => range !== undefined && dueS < range.startS;
  // What has no time stands where the first event with a time does.
  if (timeS <= firstS && untilS <= firstS) return isLate;
  const first = events.findIndex(({ dueS }) => dueS >= untilS);
  if (first === -1) return () => true;
  const played = events.filter(isPlayed(wanted));
  const next = played.findIndex(({ dueS }) => dueS >= timeS);
  const lastPlayed = timeS <= firstS ? undefined : next === -1 ? played.at(-1) : played[next - 1];
  const end = Math.max(first, lastPlayed === undefined ? 0 : events.indexOf(lastPlayed) + 1);
  return (event, i) => i < end || isLate(event);
}

/** What is sorted before a time and not yet to be played, and what is played before. */
function pastOfOrder({ events, firstS }: Sorted, wanted: Wanted, timeS: number, untilS: number): IsPast {
  const keyOf = keyBy(wanted.sortBy);
  const firstAt = (atS: number) => {
    const at = events.findIndex((event) => keyOf(event) >= atS);
    return atS <= firstS ? 0 : at === -1 ? events.length : at;
  };
  const [at, until] = [firstAt(timeS), firstAt(untilS)];
  const isDue = isPlayed({ ...wanted, isWanted: () => true });
  return (event, i) => i < Math.min(at, until) || (i < until && !isDue(event)) || (i < at && isDue(event));
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

  function open(databases: readonly string[], options: ReplayOptions): Promise<Archive> {
    return Archive.open(pool, resolveOptions({ databases, times: 'original', workers: WORKERS, ...options }));
  }

  async function played(
    databases: readonly string[],
    options: ReplayOptions,
  ): Promise<[past: string[], names: string[]]> {
    const archive = await open(databases, options);
    return eventsOf(archive.pass({ prime: options.prime ?? false }));
  }

  /** Archives as they are asked for, with what is known of them: of every kind, and all that goes with it. */
  function plan({
    nights,
    sortBy,
    start,
    end,
    exclude,
  }: typeof plans extends fc.Arbitrary<infer T> ? T : never) {
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
    const isRelative = [start, end].some((given) => given !== undefined && given.from !== 'epoch');
    const wanted: Wanted = {
      sortBy,
      isWanted: ({ topic }) => exclude.length === 0 || !topic.startsWith('a.b'),
      range: start === undefined && end === undefined ? undefined : { startS, endS },
    };
    const isPossible = startS < endS && !(isRelative && !Number.isFinite(firstS));
    const options = { sortBy, start: start?.given, end: end?.given, exclude };
    return { files, paths, wanted, isPossible, options };
  }

  it('plays what is due from the start on and before the end, and knows what was before', async () => {
    let withEvents = 0;
    await fc.assert(
      fc.asyncProperty(plans, async (given) => {
        const { files, paths, wanted, isPossible, options } = plan(given);
        const { prime, start } = given;
        if (!isPossible) {
          await assert.rejects(played(paths, options), { code: 'BAD_OPTION' });
          return;
        }
        const expected = orderOfPlay(files, wanted);
        if (expected.length > 0) withEvents += 1;
        const hasPast = prime && start !== undefined;
        const past = hasPast ? pastOf(files, wanted, Number.NEGATIVE_INFINITY) : [];
        const [pastPlayed, names] = await played(paths, { ...options, prime });
        assert.deepEqual(
          names,
          expected.map(({ event }) => event.name),
        );
        assert.deepEqual(
          pastPlayed,
          past.map(({ name }) => name),
        );
      }),
      { numRuns: RUNS },
    );
    assert.ok(withEvents > 2, `${withEvents}`);
  });

  it('goes on from any time with just what is left, and knows what was before', async () => {
    const times = fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: -5, max: 330 }).map((at) => EPOCH_S + at / 4) },
        { weight: 1, arbitrary: fc.constantFrom(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY) },
      ),
      { minLength: 3, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(plans, times, async (given, seeks) => {
        const { files, paths, wanted, isPossible, options } = plan(given);
        if (!isPossible) return;
        const archive = await open(paths, { ...options, prime: true });
        const all = orderOfPlay(files, wanted);
        for (const timeS of seeks) {
          const [past, names] = await eventsOf(await archive.seek(timeS, { prime: true }));
          const expected = all.filter(({ placeS }) => placeS >= timeS).map(({ event }) => event.name);
          assert.deepEqual(names, expected, `from ${timeS}`);
          // A suffix: the order of play is not another one.
          assert.deepEqual(
            expected,
            all.slice(all.length - names.length).map(({ event }) => event.name),
          );
          assert.deepEqual(
            past,
            pastOf(files, wanted, timeS).map(({ name }) => name),
            `before ${timeS}`,
          );
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('finds the next silence of all recordings together', async () => {
    const asked = fc.array(
      fc.record({ at: fc.integer({ min: -5, max: 330 }), minS: fc.constantFrom(0.25, 1, 3, 10) }),
      { minLength: 3, maxLength: 8 },
    );
    let found = 0;
    await fc.assert(
      fc.asyncProperty(plans, asked, async (given, silences) => {
        const { files, paths, wanted, isPossible, options } = plan(given);
        if (!isPossible) return;
        const archive = await open(paths, options);
        const all = orderOfPlay(files, { ...wanted, isWanted: () => true });
        for (const { at, minS } of silences) {
          const fromS = EPOCH_S + at / 4;
          const expected = nextSilence(all, fromS, minS);
          assert.deepEqual(await archive.nextSilence(fromS, minS), expected, `${minS} s from ${fromS}`);
          if (expected !== undefined) found += 1;
        }
      }),
      { numRuns: RUNS },
    );
    // Often enough, whatever the plans are: some have no events, or are not possible.
    assert.ok(found > 2, `${found}`);
  });

  it('gives up the search for a silence', async () => {
    const events = [0, 1, 2].map((i) => named({ topic: 'a.b.c', wire: i, data: i }, 0, i, 0));
    const archive = await open(write([{ events, index: true }]), {});
    const reason = new Error('enough');
    await assert.rejects(archive.nextSilence(EPOCH_S, 10, AbortSignal.abort(reason)), reason);
  });

  it('counts the events of small recordings by time', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 1, max: 50 }), async (given, bins) => {
        const { files, paths, wanted, isPossible, options } = plan(given);
        if (!isPossible) return;
        const { fromS, toS, counts } = await (await open(paths, options)).overview(bins);
        const { range } = wanted;
        const times = files.flatMap((events) => Object.values(extentOf(events)));
        const known = times.filter((timeS) => !Number.isNaN(timeS));
        const first = Math.max(Math.min(...known), range?.startS ?? Number.NEGATIVE_INFINITY);
        const last = Math.min(Math.max(...known), range?.endS ?? Number.POSITIVE_INFINITY);
        const isEmpty = known.length === 0 || last < first;
        assert.deepEqual([fromS, toS], isEmpty ? [Number.NaN, Number.NaN] : [first, last]);
        const expected = new Array<number>(bins).fill(0);
        for (const event of isEmpty ? [] : files.flat()) {
          const timeS = keyBy(wanted.sortBy)(event);
          if (Number.isNaN(timeS) || (range !== undefined && (timeS < range.startS || timeS >= range.endS)))
            continue;
          const edges = expected.map((_, i) => fromS + (i * (toS - fromS)) / bins);
          expected[
            Math.max(
              0,
              edges.findLastIndex((edgeS) => edgeS <= timeS),
            )
          ] += 1;
        }
        assert.deepEqual(counts, expected);
      }),
      { numRuns: RUNS },
    );
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
      writeEvents(join(home, `${day}.db`), stored, { index: false, lateRowOf: Number(stored[0].id) });
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

/** Between places that follow each other, or from a time on. */
function nextSilence(all: readonly Placed[], fromS: number, minS: number) {
  const places = all.map(({ placeS }) => placeS).filter(Number.isFinite);
  let atS = Math.max(fromS, ...places.slice(0, 1));
  for (const placeS of places) {
    if (placeS - atS >= minS) return { fromS: atS, toS: placeS };
    atS = Math.max(atS, placeS);
  }
  return undefined;
}

/** Due times of the first and the last event, as far as they have any. */
function extentOf(events: readonly Named[]): { first: number; last: number } {
  const times = events.map(({ dueS }) => dueS);
  return {
    first: times.find((timeS) => !Number.isNaN(timeS)) ?? Number.NaN,
    last: times.findLast((timeS) => !Number.isNaN(timeS)) ?? Number.NaN,
  };
}

async function eventsOf({ past, timeline }: Pass): Promise<[past: string[], names: string[]]> {
  const runs: Run[] = [];
  for await (const run of timeline) runs.push(run);
  return [namesOf(await past), namesOf(runs)];
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
