import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFamilies } from '../../src/loadtest/load-families.js';
import type { LoadProgress } from '../../src/loadtest/load-progress.js';

type Subscriber = LoadProgress['subscribers'][number];

const SUBSCRIBER: Subscriber = {
  ...{ name: 'gui', kind: 'own', received: 7, receivedPerS: 1, lag: 3, lost: 2, p99Us: null },
  ...{ backedUpShare: null, pid: null },
};
const PROGRESS: LoadProgress = {
  ...{ phase: 'load', atS: 3, durationS: 10, stage: 2, stages: 4, unit: 'rate', intended: 500 },
  ...{ offeredPerS: 490, lateP99Us: null, sent: 900, subscribers: [], search: null, burst: null },
};

async function read(progress: LoadProgress | undefined, name: string) {
  const reading = { progress: () => progress, latencies: () => [] };
  const family = loadFamilies(reading).find((each) => each.name === name);
  assert(family !== undefined, name);
  return family.read();
}

test('nothing is known of a load before it begins', async () => {
  for (const family of loadFamilies({ progress: () => undefined, latencies: () => [] }))
    for (const { value } of await family.read()) assert(Number.isNaN(value), family.name);
});

test('what is intended has the unit of its stages', async () => {
  const [rate, speed] = [
    'tcs_replay_load_intended_events_per_second',
    'tcs_replay_load_intended_speed_ratio',
  ];
  assert.deepEqual(await read(PROGRESS, rate), [{ value: 500 }]);
  assert.deepEqual(await read(PROGRESS, speed), [{ value: Number.NaN }]);
  const fast: LoadProgress = { ...PROGRESS, unit: 'speed', intended: 10 };
  assert.deepEqual(await read(fast, rate), [{ value: Number.NaN }]);
  assert.deepEqual(await read(fast, speed), [{ value: 10 }]);
});

test('two subscribers of one name have series of their own, and what is not known has none', async () => {
  const other: Subscriber = { ...SUBSCRIBER, kind: 'foreign', received: null, lag: 0 };
  const progress: LoadProgress = { ...PROGRESS, subscribers: [SUBSCRIBER, other] };
  assert.deepEqual(await read(progress, 'tcs_replay_subscriber_lag_events'), [
    { labels: { subscriber: 'gui', kind: 'own' }, value: 3 },
    { labels: { subscriber: 'gui (2)', kind: 'foreign' }, value: 0 },
  ]);
  const received = await read(progress, 'tcs_replay_subscriber_received_events_total');
  assert.deepEqual(
    received.map(({ value }) => value),
    [7, Number.NaN],
  );
});

test('after a thousand subscribers, further ones have no series', async () => {
  const subscribers = Array.from({ length: 1500 }, (_, i) => ({ ...SUBSCRIBER, name: `s${i}` }));
  const lags = await read({ ...PROGRESS, subscribers }, 'tcs_replay_subscriber_lag_events');
  assert.equal(lags.length, 1000);
});
