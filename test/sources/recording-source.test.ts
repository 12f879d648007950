import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SortBy } from '../../src/database/order/sort-by.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { ReadAheadBudget } from '../../src/sources/read-ahead-budget.js';
import { RecordingSource } from '../../src/sources/recording-source.js';
import type { PlacedBatch } from '../../src/sources/source.js';
import { PLAIN_RULES } from '../support/decoded-event.js';
import { Night } from '../support/log-table.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

const SLEEPY_WORKER = new URL('../support/sleepy-worker.js', import.meta.url);
const EVENTS = 20_000;
const BUDGET_BYTES = 1 << 20;

test('goes on from anywhere with a small batch, again and again, and leaves nothing behind', async (context) => {
  const night = new Night(context);
  night.fill(Array.from({ length: EVENTS }, (_, i) => ({ row: BigInt(i), timeS: 1000 + i })));
  const pool = new DecoderPool(2, { cacheFolder: temporaryFolder(context) });
  try {
    for (const sortBy of ['none', '__wire_time'] satisfies SortBy[]) {
      const budget = new ReadAheadBudget(BUDGET_BYTES);
      const options = { sortBy, rules: PLAIN_RULES, budget, workers: 2, batchEvents: 1024 };
      const source = await RecordingSource.open(pool, night.path, options);
      let batches: AsyncIterableIterator<PlacedBatch> | undefined;
      for (let i = 0; i < 40; i++) {
        const first = (i * 7919) % EVENTS;
        // As a player does: what it has given up need not have ended.
        void batches?.return?.();
        const place = await source.from(1000 + first);
        assert.equal(place.shareBefore, first / EVENTS);
        batches = place.batches();
        assert.equal(budget.shareBytes, BUDGET_BYTES);
        const { value } = await batches.next();
        assert.equal(value.batch.count, Math.min(64, EVENTS - first));
        assert.equal(value.batch.dueS[0], 1000 + first);
        if (i % 3 === 0) await batches.next();
      }
      await batches?.return?.();
      assert.equal((await batches?.next())?.done, true);
      budget.join({ heldBytes: 0 });
      assert.equal(budget.shareBytes, BUDGET_BYTES);
    }
  } finally {
    await pool.close();
  }
});

test('never waits for a thread that rests: it is woken as soon as less than half is ready', async (context) => {
  const night = new Night(context);
  night.fill(Array.from({ length: EVENTS }, (_, i) => ({ row: BigInt(i), timeS: 1000 + i })));
  const pool = new DecoderPool(1, { workerFile: SLEEPY_WORKER });
  try {
    const budget = new ReadAheadBudget(BUDGET_BYTES);
    budget.mayRest = true;
    const options = { sortBy: 'none', rules: PLAIN_RULES, budget, workers: 1, batchEvents: 256 } as const;
    const source = await RecordingSource.open(pool, night.path, options);
    const batches = source.batches();
    let events = 0;
    let rests = 0;
    for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
      assert.equal(next.value.batch.dueS[0], 1000 + events);
      events += next.value.batch.count;
      // Until the thread rests, or has read all.
      if (events < EVENTS / 2) {
        await until(
          () => budget.heldBytes,
          (bytes) => bytes >= BUDGET_BYTES / 2,
        );
        rests += 1;
      }
    }
    assert.equal(events, EVENTS);
    assert.ok(rests > 0);
  } finally {
    await pool.close();
  }
});
