import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CATALOGUE, chooseTopics } from '../../src/generate/catalogue.js';
import { type GenerateProgress, generate } from '../../src/generate/generate.js';

import { generateEvents, temporaryFolder } from '../support/generate-fixture.js';

test('writes exactly as many events and rows as it reports', async (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const outcome = await generate({ path, events: 4321, attributes: 16 });
  assert.equal(outcome.events, 4321);
  assert.equal(outcome.attributes, 4321 * 16);
  assert.equal(outcome.topics, 50);
  assert.equal(outcome.nights, 1);
  assert.equal(outcome.sizeBytes, statSync(path).size);
  assert.ok(outcome.spanS > 10 && outcome.tookS > 0);
});

test('numbers events from 1 without a gap', async (context) => {
  const events = await generateEvents(context, { events: 1000 });
  assert.deepEqual(
    events.map(({ eventId }) => eventId),
    Array.from({ length: 1000 }, (_, index) => index + 1),
  );
});

test('makes the same bytes from the same options, and others from another seed', async (context) => {
  const folder = temporaryFolder(context);
  const checksum = async (name: string, seed: number): Promise<string> => {
    const path = join(folder, name);
    await generate({ path, events: 3000, nights: 2, seed });
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  };
  const first = await checksum('first.db', 7);
  assert.equal(await checksum('again.db', 7), first);
  assert.notEqual(await checksum('other.db', 8), first);
});

test('distinguishes seeds that differ only above 32 bits', async (context) => {
  const [low] = await generateEvents(context, { events: 1, seed: 5 });
  const [high] = await generateEvents(context, { events: 1, seed: 5 + 2 ** 40 });
  assert.notEqual(low?.values.get('__wire_time'), high?.values.get('__wire_time'));
});

for (const attributes of [6, 7, 16, 60]) {
  test(`gives each event ${attributes} distinct attributes when told to`, async (context) => {
    const events = await generateEvents(context, { events: 500, attributes });
    for (const { keys } of events) {
      assert.equal(keys.length, attributes);
      assert.equal(new Set(keys).size, attributes);
    }
  });
}

for (const topics of [1, 5, 120]) {
  test(`takes the ${topics} most important topics when told to`, async (context) => {
    const path = join(temporaryFolder(context), 'night.db');
    assert.equal((await generate({ path, events: 100, topics })).topics, topics);
    const names = new Set(chooseTopics(topics).map(({ name }) => name));
    assert.equal(names.size, topics);
    const events = await generateEvents(context, { durationS: 60, rateHz: 50, topics, attributes: 6 });
    const seen = new Set(events.map(({ topic }) => topic));
    for (const topic of seen) assert.ok(names.has(topic), topic);
    // The rarest few may not have had anything to say yet.
    assert.ok(seen.size >= topics * 0.7, `${seen.size} topics`);
  });
}

test('adds numbered topics to those that the telescope has', () => {
  const names = chooseTopics(CATALOGUE.length + 4).map(({ name }) => name);
  assert.deepEqual(names.slice(CATALOGUE.length), [
    'virus.ifu001.status',
    'mirror.segment001.position',
    'dome.sensor001.reading',
    'virus.ifu002.status',
  ]);
});

test('reports progress up to the last event', async (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const seen: GenerateProgress[] = [];
  await generate({ path, events: 15_000, attributes: 16, onProgress: (progress) => seen.push(progress) });
  assert.ok(seen.length >= 3);
  assert.deepEqual(seen.at(-1), { events: 15_000, rows: 240_000, totalEvents: 15_000 });
});

test('leaves nothing when it is aborted', async (context) => {
  const folder = temporaryFolder(context);
  const abort = new AbortController();
  const running = generate({
    path: join(folder, 'night.db'),
    events: 1_000_000,
    signal: abort.signal,
    onProgress: () => {
      assert.deepEqual(readdirSync(folder), ['night.db.part']);
      abort.abort(new Error('enough'));
    },
  });
  await assert.rejects(running, { message: 'enough' });
  assert.deepEqual(readdirSync(folder), []);
});

test('writes nothing when it is aborted beforehand', async (context) => {
  const folder = temporaryFolder(context);
  const signal = AbortSignal.abort();
  await assert.rejects(generate({ path: join(folder, 'night.db'), signal }), { name: 'AbortError' });
  assert.deepEqual(readdirSync(folder), []);
});
