import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOGUE } from '../../src/generate/catalogue.js';
import { generateEvents } from '../support/generate-fixture.js';

const COMMON_KEYS = ['__system', '__source', '__key', '__data', '__data_time', '__wire_time'];

test('has topics of three dotless parts, each once, with 2 to 34 attributes of their own', () => {
  assert.equal(new Set(CATALOGUE.map(({ name }) => name)).size, CATALOGUE.length);
  assert.ok(CATALOGUE.some(({ name }) => name === 'lrs2.hardware.status'));
  for (const { name, fields } of CATALOGUE) {
    assert.match(name, /^[a-z0-9]+\.[a-z0-9]+\.[a-z0-9]+$/);
    assert.ok(fields.length >= 2 && fields.length <= 34, `${name} has ${fields.length}`);
    assert.equal(new Set(fields.map(({ key }) => key)).size, fields.length, `${name} repeats a key`);
  }
});

test('begins each event with the common attributes, which name its topic', async (context) => {
  for (const { topic, keys, values } of await generateEvents(context, { events: 3000 })) {
    assert.deepEqual(keys.slice(0, 6), COMMON_KEYS);
    assert.equal(`${values.get('__system')}.${values.get('__source')}.${values.get('__key')}`, topic);
  }
});

test('holds values that fit their data types', async (context) => {
  const seen = new Set<string>();
  for (const { values, types } of await generateEvents(context, { events: 5000, attributes: 24 })) {
    assert.equal(types.get('__data'), 'boolean');
    assert.equal(types.get('__data_time'), 'number');
    assert.equal(types.get('__wire_time'), 'number');
    for (const [key, type] of types) {
      const value = values.get(key)!;
      seen.add(type);
      if (type === 'number') assert.ok(Number.isFinite(Number(value)) && value !== '', `${key}=${value}`);
      else if (type === 'boolean') assert.match(value, /^(true|false)$/);
      else assert.equal(type, 'string');
    }
  }
  assert.deepEqual([...seen].sort(), ['boolean', 'number', 'string']);
});

test('has sentinels, dotted keys, text beyond ASCII and numbers of many lengths', async (context) => {
  const events = await generateEvents(context, { durationS: 60 });
  const keys = new Set(events.flatMap((event) => event.keys));
  const values = new Set(events.flatMap((event) => [...event.values.values()]));
  assert.ok(keys.has('itf.phi'));
  assert.ok(values.has('-999999.9'));
  assert.ok(values.has('<none>'));
  assert.ok([...values].some((value) => value.includes('°')));
  assert.ok([...values].some((value) => value.includes('é')));
  const decimals = [...values].map((value) => /^-?\d+\.(\d+)$/.exec(value)?.[1]?.length ?? 0);
  for (const count of [1, 2, 3, 4, 5, 6]) assert.ok(decimals.includes(count), `${count} decimals`);
  assert.ok(decimals.some((count) => count >= 14));
});

test('follows a target across the sky', async (context) => {
  const events = await generateEvents(context, { durationS: 300, topics: 6 });
  const sky = events.filter(({ topic, values }) => {
    return topic === 'tcs.pointing.sky' && values.get('on_target') === 'true';
  });
  const series = (key: string): number[] => sky.map(({ values }) => Number(values.get(key)));
  const range = (numbers: number[]): number => Math.max(...numbers) - Math.min(...numbers);
  assert.ok(sky.length > 500);
  assert.ok(range(series('ra')) < 1e-6 && range(series('dec')) < 1e-6);
  const sidereal = series('ha');
  const elapsedS = sky.at(-1)!.dataTimeS - sky[0]!.dataTimeS;
  const turnedS = (sidereal.at(-1)! - sidereal[0]!) * 3600;
  assert.ok(Math.abs(turnedS / elapsedS - 1.0027) < 0.001, `${turnedS} s of hour angle in ${elapsedS} s`);
});

test('reports more quickly during a slew', async (context) => {
  const events = await generateEvents(context, { durationS: 120, attributes: 6 });
  const perSecond = new Map<number, number>();
  for (const { dataTimeS } of events) {
    perSecond.set(Math.floor(dataTimeS), (perSecond.get(Math.floor(dataTimeS)) ?? 0) + 1);
  }
  const counts = [...perSecond.values()].sort((a, b) => a - b);
  const median = counts[counts.length >> 1]!;
  assert.ok(counts.at(-1)! > 2 * median, `at most ${counts.at(-1)} in a second, usually ${median}`);
});
