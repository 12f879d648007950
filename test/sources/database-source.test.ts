import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SortBy } from '../../src/database/order/sort-by.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { DatabaseSource } from '../../src/sources/database-source.js';
import { ReadAheadBudget } from '../../src/sources/read-ahead-budget.js';
import type { PlacedBatch } from '../../src/sources/source.js';
import { PLAIN_RULES } from '../support/decoded-event.js';
import { Night } from '../support/log-table.js';
import { temporaryFolder } from '../support/temporary-folder.js';

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
      const source = await DatabaseSource.open(pool, night.path, options);
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
