import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { newGauge } from '../../src/database/preparation.js';
import type { Recording } from '../../src/database/recording.js';
import { TaskPool } from '../../src/threads/task-pool.js';
import { PLAIN_RULES } from '../support/decoded-event.js';
import { createDatabase, plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const MANY_EVENTS = 100_000;
const PATIENT = { busyTimeoutS: 60 };
const IDS = [1n, 2n, 3n];
const CLOSED = { code: 'WORKER_FAILED', message: 'The decoding threads have been ended' };

async function prepared(pool: TaskPool, path: string, scratchFolder: string): Promise<Recording> {
  const found = await pool.run('find', { path, override: {} });
  const task = { found, override: {}, folders: { scratchFolder }, gauge: newGauge() };
  return (await pool.run('prepare', task)).recording as Recording;
}

async function idsOf(pool: TaskPool, recording: Recording): Promise<string[]> {
  const ids = await pool.run('ids', { recording, rules: PLAIN_RULES, first: 1n, last: 3n });
  return ids.map(String);
}

for (const workers of [0, 1]) {
  test(`closing a pool closes the databases of no other one: ${workers} threads`, async (context) => {
    const folder = temporaryFolder(context);
    const path = join(folder, 'night.db');
    writeEvents(
      path,
      IDS.map((id) => ({ id, topic: 'a.b', dataTime: Number(id), attributes: [] })),
    );
    const [kept, closed] = [new TaskPool(workers, PATIENT), new TaskPool(workers, PATIENT)];
    try {
      const recording = await prepared(kept, path, join(folder, 'scratch'));
      for (const pool of [kept, closed]) assert.deepEqual(await idsOf(pool, recording), IDS.map(String));
      await closed.close();
      // Without the file, only a connection that has stayed open can read.
      rmSync(path);
      assert.deepEqual(await idsOf(kept, recording), IDS.map(String));
      await assert.rejects(idsOf(closed, recording), CLOSED);
    } finally {
      await Promise.all([kept.close(), closed.close()]);
    }
  });

  test(`tasks reject with their own codes, and after the pool was closed: ${workers} threads`, async (context) => {
    const pool = new TaskPool(workers, PATIENT);
    const path = join(temporaryFolder(context), 'none.db');
    await assert.rejects(pool.run('find', { path, override: {} }), { code: 'NO_SUCH_FILE' });
    const underWay = assert.rejects(pool.run('find', { path, override: {} }));
    await pool.close();
    await underWay;
    assert.throws(() => pool.throwIfFailed(), CLOSED);
    await assert.rejects(pool.run('find', { path, override: {} }), CLOSED);
    await pool.close();
  });
}

test('tasks reject where threads cannot start, and the pool can be closed', async (context) => {
  const workerFile = new URL('./none.js', import.meta.url);
  const pool = new TaskPool(2, { ...PATIENT, workerFile });
  const path = join(temporaryFolder(context), 'none.db');
  await assert.rejects(pool.run('find', { path, override: {} }), {
    code: 'WORKER_FAILED',
    message: /^A decoding thread failed: Cannot find module/,
  });
  await pool.close();
  await pool.ended;
});

test('a pool can be closed at once, while a thread loads', async (context) => {
  const pools = Array.from({ length: 8 }, () => new TaskPool(2, PATIENT));
  const path = join(temporaryFolder(context), 'none.db');
  const tasks = pools.map((pool) => assert.rejects(pool.run('find', { path, override: {} }), CLOSED));
  await Promise.all(pools.map((pool) => pool.close()));
  await Promise.all(tasks);
  await Promise.all(pools.map((pool) => pool.ended));
});

test('a task that is given up ends early, and its thread with it', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'night.db');
  // A side index: the whole attribute table is read first.
  const events = Array.from({ length: MANY_EVENTS }, (_, i) => plainEvent(BigInt(i + 1)));
  writeEvents(path, events, { index: false });
  const pool = new TaskPool(1, PATIENT);
  const found = await pool.run('find', { path, override: {} });
  const gauge = newGauge();
  const folders = { scratchFolder: join(folder, 'scratch') };
  const task = { found, override: {}, folders, needsSideIndex: true, gauge };
  const preparing = assert.rejects(pool.run('prepare', task), CLOSED);
  while (gauge[0] === 0) await new Promise((resolve) => setImmediate(resolve));
  await pool.close();
  await preparing;
  await pool.ended;
  assert.ok(gauge[1] < 1, `it went on to ${gauge[1]}`);
});

test('a task that cannot read its database any more says so, and not that a thread has failed', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'night.db');
  writeEvents(
    path,
    IDS.map((id) => plainEvent(id)),
  );
  const pool = new TaskPool(1, PATIENT);
  try {
    const recording = await prepared(pool, path, join(folder, 'scratch'));
    assert.deepEqual(await idsOf(pool, recording), IDS.map(String));
    const db = createDatabase(path);
    db.exec('DROP TABLE event');
    db.close();
    const rules = PLAIN_RULES;
    const rows = { list: BigInt64Array.from(IDS) };
    const failure = { code: 'READ_FAILED', message: /^Cannot read \S+night\.db: no such table: event/ };
    await assert.rejects(idsOf(pool, recording), failure);
    await assert.rejects(
      pool.run('split', { recording, rules, first: 1n, last: 3n, eventsABatch: 2, batches: 2 }),
      failure,
    );
    await assert.rejects(pool.run('states', { recording, rules, rows }), failure);
  } finally {
    await pool.close();
  }
});
