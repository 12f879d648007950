import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Batch, BatchBuilder, NO_SLOT } from '../../src/batch/batch.js';
import type { RowRange } from '../../src/database/rows.js';
import { type Piece, ReadAhead, type ReadPart } from '../../src/sources/read-ahead.js';
import { ReadAheadBudget } from '../../src/sources/read-ahead-budget.js';
import type { PlacedBatch } from '../../src/sources/source.js';

/** What a batch is taken to need before there is one; all batches here are of this size. */
const BATCH_BYTES = 512 << 10;

/** A read that was begun and waits to be told how it ends. */
interface Reading {
  readonly first: bigint;
  finish(): void;
  fail(error: Error): void;
}

/**
 * Pieces to read, of a given number of batches each, and reads that end when they are told to. Row ids count the
 * batches: a piece of three has rows n to n + 2, and each read of it leaves the rest.
 */
class Reads {
  readonly begun: bigint[] = [];
  readonly running: Reading[] = [];
  mostRunning = 0;
  /** The most batches at a time that were being read, or had been and were not taken yet. */
  mostHeld = 0;
  taken = 0;
  /** Whether the consumer has asked for a batch: one that is there is on its way to it. */
  isAwaited = false;
  isStopped = false;
  private readonly _sizes: readonly number[];
  private readonly _finished = new Set<number>();

  constructor(sizes: readonly number[]) {
    this._sizes = sizes;
  }

  get batchCount(): number {
    return this._sizes.reduce((sum, size) => sum + size, 0);
  }

  /** How many batches follow the first `taken` ones whose reads have ended. What is left of a piece is read when its front is taken. */
  readyAfter(taken: number): number {
    const ends = this._sizes.map((_, i) => this._sizes.slice(0, i + 1).reduce((sum, size) => sum + size, 0));
    let ready = 0;
    while (this._finished.has(taken + ready)) {
      ready += 1;
      if (!ends.includes(taken + ready)) break;
    }
    return ready;
  }

  async *pieces(): AsyncGenerator<Piece<RowRange>> {
    let first = 0n;
    try {
      for (const size of this._sizes) {
        const last = first + BigInt(size) - 1n;
        yield { part: { first, last }, shareAtEnd: Number(last + 1n) / this.batchCount };
        first = last + 1n;
      }
    } finally {
      this.isStopped = true;
    }
  }

  read = ({ first, last }: RowRange): Promise<ReadPart<RowRange>> => {
    this.begun.push(first);
    return new Promise((resolve, reject) => {
      const end = () => this.running.splice(this.running.indexOf(reading), 1);
      const reading: Reading = {
        first,
        finish: () => {
          end();
          this._finished.add(Number(first));
          resolve({ buffer: bufferOf(first), rest: first < last ? { first: first + 1n, last } : undefined });
        },
        fail: (error) => {
          end();
          reject(error);
        },
      };
      this.running.push(reading);
      this.mostRunning = Math.max(this.mostRunning, this.running.length);
      const onTheWay = this.isAwaited && this._finished.has(this.taken) ? 1 : 0;
      this.mostHeld = Math.max(this.mostHeld, this.begun.length - this.taken - onTheWay);
    });
  };
}

/** A batch with one event, due at `n`. */
function bufferOf(n: bigint): ArrayBuffer {
  const builder = new BatchBuilder();
  const pack = (payloadBytes: number) => {
    builder.add(payloadBytes, 0, Number(n), 0, NO_SLOT, NO_SLOT);
    return builder.pack({ topics: ['a'], oddities: [], format: 'json' });
  };
  return pack(BATCH_BYTES - pack(0).byteLength);
}

function numbersBelow(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

function numberOf(batch: Batch): number {
  return batch.dueS[0];
}

/** Lets all promises settle that can. */
function settled(): Promise<void> {
  return new Promise(setImmediate);
}

/** Ends reads in the given order, by their place among those that run, until `done` settles. */
async function run(reads: Reads, done: Promise<unknown>, picks: readonly number[] = []): Promise<void> {
  let isDone = false;
  done.then(
    () => {
      isDone = true;
    },
    () => {
      isDone = true;
    },
  );
  for (let step = 0; !isDone; step++) {
    await settled();
    const { running } = reads;
    if (running.length > 0) running[(picks[step % picks.length] ?? 0) % running.length].finish();
    assert.ok(step < 1000, 'stuck');
  }
}

const plans = fc.record({
  /** Of how many batches each piece is. */
  sizes: fc.array(fc.constantFrom(1, 1, 1, 2, 3), { maxLength: 12 }),
  /** Which of the reads that run ends next, and when the consumer is busy. */
  picks: fc.array(fc.nat(9), { minLength: 1, maxLength: 30 }),
  concurrency: fc.integer({ min: 1, max: 5 }),
  ahead: fc.nat(6),
  firstBatches: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});

test('yields batches in the order of the pieces, in whatever order the reads end, within its bounds', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async ({ sizes, picks, concurrency, ahead, firstBatches }) => {
      const reads = new Reads(sizes);
      const options = { budget: new ReadAheadBudget(ahead * BATCH_BYTES), concurrency, firstBatches };
      const batches = new ReadAhead(reads.pieces(), reads.read, options);
      const found: number[] = [];
      const shares: number[] = [];
      const taking = (async () => {
        for (;;) {
          reads.isAwaited = true;
          const next = await batches.next();
          reads.isAwaited = false;
          if (next.done === true) return;
          reads.taken += 1;
          found.push(numberOf(next.value.batch));
          shares.push(next.value.shareAtEnd);
          if (picks[found.length % picks.length] % 3 === 0) await settled();
        }
      })();
      await run(reads, taking, picks);
      await taking;

      assert.deepEqual(found, numbersBelow(reads.batchCount));
      const ends = sizes.flatMap((size, i) => {
        const end = sizes.slice(0, i + 1).reduce((sum, each) => sum + each, 0);
        return new Array<number>(size).fill(end / reads.batchCount);
      });
      assert.deepEqual(shares, ends);
      assert.ok(reads.mostRunning <= concurrency, `${reads.mostRunning} reads at a time`);
      assert.ok(reads.mostHeld <= Math.max(ahead, 1), `${reads.mostHeld} batches at a time`);
    }),
    { numRuns: 150 },
  );
});

test('lets readers rest while the budget does and half its share is ready, counting only what comes next', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async ({ sizes, picks, concurrency, ahead }) => {
      const reads = new Reads(sizes);
      const budget = new ReadAheadBudget(ahead * BATCH_BYTES);
      budget.mayRest = picks[0] % 5 > 0;
      let mayRest = false;
      const batches = new ReadAhead(reads.pieces(), reads.read, {
        ...{ budget, concurrency },
        onRest: (told) => {
          assert.notEqual(told, mayRest);
          mayRest = told;
        },
      });
      const check = () => {
        const ready = reads.readyAfter(reads.taken);
        const isReady = ready > 0 && ready >= ahead / 2;
        assert.equal(mayRest, budget.mayRest && isReady, `${ready} batches ready of ${ahead}`);
      };
      for (let step = 0; reads.taken < reads.batchCount; step++) {
        await settled();
        check();
        const pick = picks[step % picks.length];
        if (reads.readyAfter(reads.taken) > 0 && (pick % 2 === 0 || reads.running.length === 0)) {
          await batches.next();
          reads.taken += 1;
        } else reads.running[pick % reads.running.length]?.finish();
        assert.ok(step < 1000, 'stuck');
      }
      await settled();
      check();
      await batches.return();
    }),
    { numRuns: 150 },
  );
});

test('holds what was read and not taken, as its budget knows', async () => {
  const reads = new Reads([1, 1, 1, 1]);
  const budget = new ReadAheadBudget(9 * BATCH_BYTES);
  const batches = new ReadAhead(reads.pieces(), reads.read, { budget, concurrency: 2 });
  await settled();
  assert.equal(budget.heldBytes, 0);
  reads.running.at(0)?.finish();
  await settled();
  const batchBytes = budget.heldBytes;
  assert(batchBytes > 0);
  reads.running.at(0)?.finish();
  await settled();
  assert.equal(budget.heldBytes, 2 * batchBytes);
  await batches.next();
  assert.equal(budget.heldBytes, batchBytes);
  await run(reads, batches.return());
  assert.equal(budget.heldBytes, 0);
});

test('begins to read with the call, and goes on while the consumer is busy', async () => {
  const reads = new Reads(new Array(20).fill(1));
  const batches = new ReadAhead(reads.pieces(), reads.read, {
    budget: new ReadAheadBudget(6 * BATCH_BYTES),
    concurrency: 3,
  });
  await settled();
  assert.deepEqual(reads.begun, [0n, 1n, 2n]);
  for (let i = 0; i < 9; i++) {
    reads.running.at(-1)?.finish();
    await settled();
  }
  assert.equal(reads.begun.length, 6);
  assert.equal(numberOf(((await batches.next()).value as PlacedBatch).batch), 0);
  await settled();
  assert.equal(reads.begun.length, 7);
  await run(reads, batches.return());
});

test('holds few batches before the first one is taken, and twice as many with each', async () => {
  const reads = new Reads(new Array(40).fill(1));
  const batches = new ReadAhead(reads.pieces(), reads.read, {
    ...{ budget: new ReadAheadBudget(20 * BATCH_BYTES), concurrency: 40, firstBatches: 2 },
  });
  const held: number[] = [];
  for (let taken = 0; taken < 6; taken++) {
    await settled();
    while (reads.running.length > 0) {
      reads.running[0].finish();
      await settled();
    }
    held.push(reads.begun.length - taken);
    await batches.next();
  }
  assert.deepEqual(held.slice(0, 3), [2, 4, 8]);
  // Then the bytes are the bound.
  assert.ok(held.slice(4).every((count) => count > 16 && count <= 20));
  await run(reads, batches.return());
});

test('reads a batch in any case, however few bytes are allowed', async () => {
  const reads = new Reads([1, 1, 1]);
  const batches = new ReadAhead(reads.pieces(), reads.read, {
    budget: new ReadAheadBudget(1),
    concurrency: 4,
  });
  await settled();
  assert.equal(reads.running.length, 1);
  for (const n of [0, 1, 2]) {
    const next = batches.next();
    await settled();
    // The next one is being read while the consumer has this one.
    assert.equal(reads.running.length, 1);
    reads.running[0].finish();
    assert.equal(numberOf(((await next).value as PlacedBatch).batch), n);
  }
  assert.equal((await batches.next()).done, true);
});

test('reads what is left of a piece before later pieces', async () => {
  const reads = new Reads([3, 1, 1, 1]);
  const batches = new ReadAhead(reads.pieces(), reads.read, {
    budget: new ReadAheadBudget(9 * BATCH_BYTES),
    concurrency: 2,
  });
  const next = batches.next();
  await settled();
  assert.deepEqual(reads.begun, [0n, 3n]);
  reads.running[0].finish();
  await next;
  assert.deepEqual(reads.begun.slice(0, 3), [0n, 3n, 1n]);
  await run(reads, batches.return());
});

test('throws the error of a read in its place, and ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(7), plans, async (bad, { picks, concurrency }) => {
      const reads = new Reads([1, 2, 1, 3, 1]);
      const error = new Error(`bad ${bad}`);
      const read = async (rows: RowRange) => {
        const result = await reads.read(rows);
        if ('first' in rows && rows.first === BigInt(bad)) throw error;
        return result;
      };
      const batches = new ReadAhead(reads.pieces(), read, {
        budget: new ReadAheadBudget(99 * BATCH_BYTES),
        concurrency,
      });
      const found: number[] = [];
      const taking = (async () => {
        for await (const { batch } of batches) found.push(numberOf(batch));
      })();
      await run(reads, taking, picks);
      await assert.rejects(taking, error);
      assert.deepEqual(found, numbersBelow(bad));
      assert.deepEqual([reads.running.length, reads.isStopped], [0, true]);
      assert.equal((await batches.next()).done, true);
    }),
    { numRuns: 60 },
  );
});

test('throws the error of the pieces after the batches of those before it', async () => {
  const reads = new Reads([2, 1, 1]);
  const error = new Error('no more pieces');
  async function* pieces() {
    yield* reads.pieces();
    throw error;
  }
  const batches = new ReadAhead(pieces(), reads.read, {
    budget: new ReadAheadBudget(99 * BATCH_BYTES),
    concurrency: 9,
  });
  const found: number[] = [];
  const taking = (async () => {
    for await (const { batch } of batches) found.push(numberOf(batch));
  })();
  await run(reads, taking, [2, 0, 1]);
  await assert.rejects(taking, error);
  assert.deepEqual(found, [0, 1, 2, 3]);
});

test('stops reading when the consumer leaves, and waits for the reads under way', async () => {
  const reads = new Reads(new Array(20).fill(1));
  const batches = new ReadAhead(reads.pieces(), reads.read, {
    budget: new ReadAheadBudget(99 * BATCH_BYTES),
    concurrency: 3,
  });
  const first = batches.next();
  await settled();
  reads.running[0].finish();
  await first;
  await settled();
  const begun = reads.begun.length;

  let hasReturned = false;
  const returning = batches.return().then(() => {
    hasReturned = true;
  });
  await settled();
  assert.deepEqual([reads.isStopped, hasReturned, reads.running.length], [true, false, 3]);
  reads.running[2].fail(new Error('nobody cares'));
  reads.running[0].finish();
  await settled();
  assert.equal(hasReturned, false);
  reads.running[0].finish();
  await returning;
  assert.equal(reads.begun.length, begun);
});

test('yields nothing of an empty source', async () => {
  const reads = new Reads([]);
  const batches = new ReadAhead(reads.pieces(), reads.read, {
    budget: new ReadAheadBudget(BATCH_BYTES),
    concurrency: 2,
  });
  assert.equal((await batches.next()).done, true);
  assert.deepEqual(reads.begun, []);
});
