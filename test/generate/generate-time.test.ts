import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateEvents, type StoredEvent } from '../support/generate-fixture.js';

const wireS = ({ values }: StoredEvent): number => Number(values.get('__wire_time'));

test('sends each event after it was made, mostly at once, now and then late', async (context) => {
  const events = await generateEvents(context, { durationS: 120, attributes: 6 });
  const delaysS = events.map((event) => wireS(event) - event.dataTimeS).sort((a, b) => a - b);
  assert.ok(delaysS[0]! > 0);
  const medianS = delaysS[delaysS.length >> 1]!;
  assert.ok(medianS > 0.002 && medianS < 0.03, `median ${medianS}`);
  assert.ok(delaysS.at(-1)! > 0.05 && delaysS.at(-1)! < 0.8, `longest ${delaysS.at(-1)}`);
});

test('stores the data time twice, as text and as a number', async (context) => {
  for (const { dataTimeS, values } of await generateEvents(context, { events: 2000 })) {
    assert.match(values.get('__data_time')!, /^\d{10}\.(\d{3}|\d{6})$/);
    assert.match(values.get('__wire_time')!, /^\d{10}\.\d{6}$/);
    assert.equal(Number(values.get('__data_time')), dataTimeS);
  }
});

test('logs events nearly, but not quite, in the order of their wire times', async (context) => {
  const events = await generateEvents(context, { durationS: 120, attributes: 6 });
  const times = events.map(wireS);
  let latestS = 0;
  let late = 0;
  for (const timeS of times) {
    if (timeS < latestS) late += 1;
    assert.ok(latestS - timeS < 0.2, `${latestS - timeS} s late`);
    latestS = Math.max(latestS, timeS);
  }
  const share = late / times.length;
  assert.ok(share > 0.001 && share < 0.05, `${share} out of order`);
});

test('starts at dusk in Texas, or when it is told to', async (context) => {
  const [dusk] = await generateEvents(context, { events: 10 });
  assert.ok(Math.abs(dusk!.dataTimeS - 1_521_854_100) < 1);
  const [told] = await generateEvents(context, { events: 10, startUnixS: 1_600_000_000.5 });
  assert.ok(told!.dataTimeS >= 1_600_000_000.5 && told!.dataTimeS < 1_600_000_001.5);
});

test('is silent for 14 hours between nights of 10', async (context) => {
  const events = await generateEvents(context, { nights: 3, durationS: 36_000, rateHz: 0.02 });
  assert.equal(events.length, 3 * 720);
  const times = events.map(wireS).sort((a, b) => a - b);
  const silencesH = times.slice(1).map((timeS, index) => (timeS - times[index]!) / 3600);
  const long = silencesH.filter((hours) => hours > 2);
  assert.equal(long.length, 2);
  for (const hours of long) assert.ok(Math.abs(hours - 14) < 0.5, `${hours} h`);
});

test('shares events among nights, the first getting what is left over', async (context) => {
  const events = await generateEvents(context, { nights: 3, events: 11 });
  const nights = events.map(({ dataTimeS }) => Math.floor((dataTimeS - 1_521_854_100) / 86_400));
  assert.deepEqual(nights, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]);
});

const RATES = [
  { given: 'nothing', options: { topics: 8, attributes: 6 }, spanS: 600 },
  { given: 'a duration', options: { durationS: 30 }, spanS: 30 },
  { given: 'events and a duration', options: { events: 2000, durationS: 100 }, spanS: 100, count: 2000 },
  { given: 'events and a rate', options: { events: 1000, rateHz: 5 }, spanS: 200, count: 1000 },
  { given: 'a duration and a rate', options: { durationS: 20, rateHz: 300 }, spanS: 20, count: 6000 },
  { given: 'a rate', options: { rateHz: 4 }, spanS: 600, count: 2400 },
];

for (const { given, options, spanS, count } of RATES) {
  test(`given ${given}, lasts ${spanS} s`, async (context) => {
    const events = await generateEvents(context, options);
    if (count !== undefined) assert.equal(events.length, count);
    const lastedS = events.at(-1)!.dataTimeS - events[0]!.dataTimeS;
    assert.ok(Math.abs(lastedS / spanS - 1) < 0.05, `lasts ${lastedS} s`);
  });
}

test('reports 100 to 300 events a second by nature', async (context) => {
  const events = await generateEvents(context, { durationS: 60, attributes: 6 });
  assert.ok(events.length > 6000 && events.length < 18_000, `${events.length} in a minute`);
});
