import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { percentile } from '../../src/measure/histogram.js';
import { ReceptionTally } from '../../src/measure/reception-tally.js';

const START_US = 1_700_000_000e6;
const REMEMBERED = 4096;

/** What is to be counted, by a list of all wire times. */
function expectedOf(events: readonly { topic: string; wireUs: number }[]) {
  const sums = { duplicated: 0, reordered: 0, unnumbered: 0 };
  const numbered: { topic: string; wireUs: number }[] = [];
  for (const event of events) {
    if (Number.isNaN(event.wireUs)) {
      sums.unnumbered += 1;
      continue;
    }
    const last = numbered.slice(-REMEMBERED);
    if (last.some(({ topic, wireUs }) => topic === event.topic && wireUs === event.wireUs))
      sums.duplicated += 1;
    else if (numbered.some(({ wireUs }) => wireUs > event.wireUs)) sums.reordered += 1;
    numbered.push(event);
  }
  return sums;
}

describe('ReceptionTally', () => {
  it('tells duplicated events and reordered ones by their wire times', () => {
    const event = fc.record({
      topic: fc.constantFrom('a', 'b'),
      wireUs: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 50 }) },
        { weight: 1, arbitrary: fc.constant(Number.NaN) },
      ),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const tally = new ReceptionTally();
        for (const { topic, wireUs } of events) tally.add(topic, 7, START_US + wireUs, START_US + 100);
        const { duplicated, reordered, unnumbered } = tally;
        assert.deepEqual({ duplicated, reordered, unnumbered }, expectedOf(events));
        assert.deepEqual([tally.received, tally.bytes], [events.length, 7 * events.length]);
        const numbers = events.map(({ wireUs }) => wireUs).filter((wireUs) => !Number.isNaN(wireUs));
        const [first = null] = numbers;
        assert.equal(tally.firstWireUs, first === null ? null : START_US + first);
        assert.equal(tally.lastWireUs, first === null ? null : START_US + Math.max(...numbers));
        tally.endInterval();
        assert.equal(tally.latency.totalCount, numbers.length);
      }),
    );
  });

  it('remembers the last 4096 events', () => {
    const tally = new ReceptionTally();
    for (let i = 0; i <= REMEMBERED; i++) tally.add('a', 1, START_US + i, START_US + i);
    tally.add('a', 1, START_US + 1, START_US);
    assert.deepEqual([tally.duplicated, tally.reordered], [1, 0]);
    tally.add('a', 1, START_US, START_US);
    assert.deepEqual([tally.duplicated, tally.reordered], [1, 1]);
  });

  it('has the latency of each interval, and of all', () => {
    const tally = new ReceptionTally();
    assert.equal(tally.endInterval(), null);
    for (let i = 1; i <= 100; i++) tally.add('a', 1, START_US + i, START_US + i + 10 * i);
    const near = (found: number, us: number) =>
      assert.ok(Math.abs(found - us) <= us / 1000, `${found} for ${us}`);
    const first = tally.endInterval();
    assert.equal(first?.events, 100);
    near(first.p50Us, 500);
    near(first.p99Us, 990);
    near(first.maxUs, 1000);
    tally.add('a', 1, START_US + 200, START_US + 200 + 5000);
    near(tally.endInterval()?.p50Us as number, 5000);
    assert.equal(tally.endInterval(), null);
    assert.equal(tally.latency.totalCount, 101);
    near(percentile(tally.latency, 100) / 1000, 5000);
  });

  it('counts events before their wire time, and times beyond an hour as an hour', () => {
    const tally = new ReceptionTally();
    tally.add('a', 1, START_US, START_US - 1);
    tally.add('a', 1, START_US + 1, START_US + 86_400e6);
    const { maxUs, p50Us } = tally.endInterval() ?? {};
    assert.deepEqual([tally.early, p50Us], [1, 0]);
    assert.ok(Math.abs((maxUs as number) - 3600e6) < 3600e3);
  });
});
