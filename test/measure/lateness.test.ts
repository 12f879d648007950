import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Lateness } from '../../src/measure/lateness.js';
import { OTHER_TOPICS, TopicLateness } from '../../src/measure/topic-lateness.js';

const S = 1e9;
const HOUR_NS = 3600 * S;

/** The smallest value that so many percent of all do not exceed. */
function exactPercentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length - 1e-9) - 1)];
}

const latenesses = fc.array(
  fc.oneof(
    fc.integer({ min: -50, max: 3000 }),
    fc.integer({ min: 0, max: 1e9 }),
    fc.double({ min: 0, max: 5e12, noNaN: true }),
  ),
  { minLength: 1, maxLength: 300 },
);

test('percentiles are those of all latenesses to a part in a thousand, whatever seconds they fall into', () => {
  fc.assert(
    fc.property(latenesses, fc.integer({ min: 1, max: 3 * S }), (values, stepNs) => {
      const lateness = new Lateness();
      for (const [i, value] of values.entries()) lateness.record(value, 7e9 + i * stepNs);
      const counted = values
        .map((ns) => Math.round(Math.min(HOUR_NS, Math.max(0, ns))))
        .sort((a, b) => a - b);
      const summary = lateness.summary()!;
      const found = [summary.p50Us, summary.p90Us, summary.p99Us, summary.p999Us, summary.p9999Us];
      for (const [at, percent] of [50, 90, 99, 99.9, 99.99].entries()) {
        const expectedUs = exactPercentile(counted, percent) / 1000;
        const excessUs = found[at] - expectedUs;
        assert.ok(
          excessUs >= -1e-9 && excessUs <= expectedUs / 1000,
          `p${percent}: ${found[at]} for ${expectedUs}`,
        );
      }
      assert.equal(summary.maxUs, counted.at(-1)! / 1000);
      const meanUs = counted.reduce((sum, ns) => sum + ns, 0) / counted.length / 1000;
      assert.ok(Math.abs(summary.meanUs - meanUs) <= 1e-9 * meanUs);
    }),
  );
});

test('there is no summary of nothing', () => {
  const lateness = new Lateness();
  assert.deepEqual([lateness.summary(), lateness.recent(5e9)], [undefined, undefined]);
});

test('a summary can be asked for while more comes', () => {
  const lateness = new Lateness();
  for (let i = 0; i < 40; i++) {
    lateness.record(1000 * i, i * 0.3 * S);
    assert.equal(lateness.summary()!.maxUs, i);
    assert.equal(lateness.lastUs, i);
  }
});

test('of late is the last full second, or the first one as far as it is', () => {
  const lateness = new Lateness();
  lateness.record(4000, 10 * S);
  assert.equal(lateness.recent(10.1 * S)!.maxUs, 4);
  lateness.record(9000, 10.2 * S);
  assert.equal(lateness.recent(10.3 * S)!.maxUs, 9);
  for (let i = 0; i < 100; i++) lateness.record(1000 + i, (11.1 + i / 1000) * S);
  assert.deepEqual(lateness.recent(11.5 * S), { p50Us: 4.001, p99Us: 9, maxUs: 9 });
  assert.deepEqual(lateness.recent(12 * S), { p50Us: 1.049, p99Us: 1.098, maxUs: 1.099 });
  assert.equal(lateness.recent(13.9 * S)!.maxUs, 1.099);
  assert.equal(lateness.recent(14 * S), undefined);
  lateness.record(70_000, 20.5 * S);
  assert.equal(lateness.recent(20.6 * S)!.maxUs, 70);
  assert.equal(lateness.summary()!.maxUs, 70);
});

test('topics are told apart, the latest first', () => {
  const topics = new TopicLateness();
  for (let i = 1; i <= 100; i++) {
    topics.record('a', i * 1000);
    topics.record('b', 5e9);
    topics.record('c', -1);
  }
  const [b, a, c, ...none] = topics.summary();
  assert.deepEqual(none, []);
  assert.deepEqual({ ...b, p50Us: 0, p99Us: 0 }, { topic: 'b', count: 100, p50Us: 0, p99Us: 0, maxUs: 5e6 });
  assert.ok(Math.abs(b.p50Us - 5e6) <= 5e4);
  assert.deepEqual(a, { topic: 'a', count: 100, p50Us: 50, p99Us: 99, maxUs: 100 });
  assert.deepEqual(c, { topic: 'c', count: 100, p50Us: 0, p99Us: 0, maxUs: 0 });
});

test('topics beyond two thousand are counted together', () => {
  const topics = new TopicLateness();
  for (let i = 0; i < 3000; i++) topics.record(`topic ${i}`, 1000);
  topics.record('topic 7', 1000);
  topics.record('topic 2999', 8000);
  const summary = topics.summary();
  assert.equal(summary.length, 2049);
  assert.equal(
    summary.reduce((sum, { count }) => sum + count, 0),
    3002,
  );
  assert.equal(summary.find(({ topic }) => topic === 'topic 7')!.count, 2);
  assert.deepEqual(summary[0], { topic: OTHER_TOPICS, count: 953, p50Us: 1, p99Us: 1, maxUs: 8 });
});
