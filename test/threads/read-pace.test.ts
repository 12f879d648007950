import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ReadPace } from '../../src/threads/read-pace.js';

const RESTING_WORKER = new URL('../support/resting-worker.js', import.meta.url);

test('does not rest unless it may', () => {
  const pace = new ReadPace(undefined, Number.POSITIVE_INFINITY);
  pace.rest();
  pace.mayRest = true;
  pace.mayRest = false;
  pace.rest();
  assert.equal(pace.isGivenUp, false);
});

test('rests for its time where it may', () => {
  const pace = new ReadPace(undefined, 20);
  pace.mayRest = true;
  const beganMs = performance.now();
  pace.rest();
  // A timer may end a fraction of a millisecond early.
  assert.ok(performance.now() - beganMs > 18);
});

for (const [what, end, told] of [
  [
    'it may no longer',
    (pace: ReadPace) => {
      pace.mayRest = false;
    },
    'goes on',
  ],
  ['the results are no longer needed', (pace: ReadPace) => pace.giveUp(), 'is given up'],
] as const) {
  test(`ends the rest of a thread at once when ${what}`, async () => {
    const pace = new ReadPace();
    pace.mayRest = true;
    const thread = new Worker(RESTING_WORKER, { workerData: pace.words });
    const exit = once(thread, 'exit');
    assert.deepEqual(await once(thread, 'message'), ['rests']);
    end(pace);
    assert.deepEqual(await once(thread, 'message'), [told]);
    await exit;
  });
}
