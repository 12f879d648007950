import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Batch, BatchBuilder, NO_SLOT } from '../../src/batch/batch.js';
import { inOrderOfTime, type PlacedBatch, type Source, wholeOf } from '../../src/sources/source.js';
import { type Run, Timeline } from '../../src/timeline/timeline.js';

/** An event: the time that it is merged by, NaN for none. Its name is its payload. */
interface Moment {
  readonly name: string;
  readonly keyS: number;
}

function batchOf(moments: readonly Moment[], skippedAtEnd = 0): Batch {
  const builder = new BatchBuilder();
  for (const { name, keyS } of moments) {
    const start = builder.length;
    builder.reserve(name.length);
    builder.bytes.set(Buffer.from(name), start);
    // Due at another time than it is merged by: only the latter counts here.
    builder.add(start + name.length, 0, 7, 7, NO_SLOT, NO_SLOT, keyS);
  }
  builder.skipped = skippedAtEnd;
  return new Batch(builder.pack({ topics: ['a'], oddities: [], format: 'json' }));
}

/** A source of given batches, that says how far it was read and whether it was closed. */
class Recorded implements Source {
  readonly name = 'recorded';
  readonly damage = [];
  readonly sizeBytes = 1000;
  readonly firstTimeS: number;
  readonly firstKeyS: number;
  readonly lastTimeS = Number.NaN;
  passes = 0;
  taken = 0;
  closed = 0;
  private readonly _batches: readonly (readonly Moment[])[];

  constructor(batches: readonly (readonly Moment[])[], firstKeyS?: number) {
    this._batches = batches;
    const keys = batches.flat().map(({ keyS }) => keyS);
    this.firstKeyS = firstKeyS ?? keys.find((keyS) => !Number.isNaN(keyS)) ?? Number.NaN;
    this.firstTimeS = this.firstKeyS;
  }

  batches(): AsyncIterableIterator<PlacedBatch> {
    this.passes += 1;
    let next = 0;
    const source = this;
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        const moments = source._batches[next];
        if (moments === undefined) return { done: true, value: undefined };
        next += 1;
        source.taken += 1;
        return { done: false, value: { batch: batchOf(moments), shareAtEnd: next / source._batches.length } };
      },
      async return() {
        source.closed += 1;
        return { done: true, value: undefined };
      },
    };
  }
}

async function runsOf(timeline: Timeline): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const run of timeline) runs.push(run);
  return runs;
}

function namesOf(runs: readonly Run[]): string[] {
  return runs.flatMap(({ batch, first, end }) =>
    Array.from({ length: end - first }, (_, i) =>
      batch.payloads.toString('latin1', batch.startOf(first + i), batch.endOf(first + i)),
    ),
  );
}

/** The order of play, word by word: each event's place is the latest time so far in its source. */
function modelOf(sources: readonly (readonly Moment[])[]): string[] {
  const starts = sources.map((moments, given) => {
    const first = moments.find(({ keyS }) => !Number.isNaN(keyS))?.keyS ?? Number.NEGATIVE_INFINITY;
    return { moments, given, first };
  });
  starts.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.given - b.given));
  const placed = starts.flatMap(({ moments, first }, source) => {
    let placeS = first;
    return moments.map(({ name, keyS }, position) => {
      if (keyS > placeS) placeS = keyS;
      return { name, placeS, source, position };
    });
  });
  placed.sort((a, b) =>
    a.placeS !== b.placeS ? (a.placeS < b.placeS ? -1 : 1) : a.source - b.source || a.position - b.position,
  );
  return placed.map(({ name }) => name);
}

const keys = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 30 }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);
/** Sources of batches of times: in order, or nearly, or not at all; batches may be empty. */
const plans = fc.array(
  fc
    .tuple(
      fc.array(keys, { maxLength: 20 }),
      fc.boolean(),
      fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }),
    )
    .map(([times, isSorted, sizes]) => {
      if (isSorted) times.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      const batches: number[][] = [];
      for (let at = 0, i = 0; at < times.length; i++) {
        const size = sizes[i % sizes.length];
        batches.push(times.slice(at, at + size));
        at += size;
        if (i > 100) break;
      }
      return batches;
    }),
  { maxLength: 5 },
);

function named(batches: readonly (readonly number[])[], source: number): Moment[][] {
  let n = 0;
  return batches.map((batch) => batch.map((keyS) => ({ keyS, name: `${source}.${n++};` })));
}

test('merges sources by time, each in its own order, ties by source', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const moments = plan.map(named);
      const sources = inOrderOfTime(moments.map((batches) => new Recorded(batches)));
      const runs = await runsOf(new Timeline(sources.map(wholeOf)));
      assert.deepEqual(namesOf(runs), modelOf(moments.map((batches) => batches.flat())));
      // Every batch is told of from its first event to its last one, in runs that join.
      const ends = new Map<Batch, number>();
      for (const { batch, first, end } of runs) {
        assert.equal(first, ends.get(batch) ?? 0);
        ends.set(batch, end);
      }
      for (const [batch, end] of ends) assert.equal(end, batch.count);
      assert.equal(ends.size, plan.flat().length);
      const shares = runs.map(({ shareAtEnd }) => shareAtEnd);
      for (const [i, share] of shares.entries())
        assert.ok(share >= (shares[i - 1] ?? 0) - 1e-9 && share <= 1 + 1e-9);
    }),
    { numRuns: 150 },
  );
});

test('reads a source when its turn comes, and one ahead', async () => {
  const sources = [0, 10, 20, 30].map((keyS, i) => new Recorded(named([[keyS], [keyS + 1]], i)));
  const timeline = new Timeline(sources.map(wholeOf));
  const passes = () => sources.map((source) => source.passes);
  assert.deepEqual(passes(), [1, 0, 0, 0]);
  await timeline.next();
  assert.deepEqual(passes(), [1, 1, 0, 0]);
  await timeline.next();
  assert.deepEqual(passes(), [1, 1, 0, 0]);
  await timeline.next();
  assert.deepEqual(passes(), [1, 1, 1, 0]);
  // The first event does not wait for the batch after it.
  assert.deepEqual(
    sources.map((source) => source.taken),
    [2, 1, 0, 0],
  );
  await timeline.return();
  assert.deepEqual(
    sources.map((source) => source.closed),
    [1, 1, 1, 0],
  );
  assert.equal((await timeline.next()).done, true);
});

test('gives a batch that nothing comes between as one run', async () => {
  const sources = [
    new Recorded(
      named(
        [
          [1, 2, 3],
          [4, 5],
        ],
        0,
      ),
    ),
    new Recorded(named([[9, 10]], 1)),
  ];
  const runs = await runsOf(new Timeline(sources.map(wholeOf)));
  assert.deepEqual(
    runs.map(({ first, end }) => [first, end]),
    [
      [0, 3],
      [0, 2],
      [0, 2],
    ],
  );
});

test('begins with sources of unknown time, in the order given', async () => {
  const sources = [[5], [Number.NaN], [1], [Number.NaN, Number.NaN]].map(
    (times, i) => new Recorded(named([times], i)),
  );
  assert.deepEqual(namesOf(await runsOf(new Timeline(inOrderOfTime(sources).map(wholeOf)))), [
    '1.0;',
    '3.0;',
    '3.1;',
    '2.0;',
    '0.0;',
  ]);
});

test('ends at once without sources', async () => {
  assert.deepEqual(await runsOf(new Timeline([])), []);
});

test('tells of what is left of sources by the shares of the whole', async () => {
  const [ended, halved] = [0, 1].map((i) => new Recorded(named([[10], [20], [30], [40]], i)));
  const ahead = new Recorded(named([[26], [30], [40], [50]], 2));
  const rests = [
    { ...wholeOf(ended), shareBefore: 1, firstKeyS: 25 },
    { ...wholeOf(halved), shareBefore: 0.5, firstKeyS: 25, batches: () => laterBatches(halved) },
    wholeOf(ahead),
  ];
  const timeline = new Timeline(rests);
  const runs = await runsOf(timeline);
  assert.deepEqual(namesOf(runs), ['2.0;', '1.2;', '2.1;', '1.3;', '2.2;', '2.3;']);
  assert.equal(ended.passes, 0);
  const shares = runs.map(({ shareAtEnd }) => Math.round(12 * shareAtEnd));
  assert.deepEqual(shares, [7, 8, 9, 10, 11, 12]);
});

/** The second half of a source's batches. */
function laterBatches(source: Recorded): AsyncIterableIterator<PlacedBatch> {
  const batches = source.batches();
  let isSkipped = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (!isSkipped) await batches.next().then(() => batches.next());
      isSkipped = true;
      return batches.next();
    },
  };
}
