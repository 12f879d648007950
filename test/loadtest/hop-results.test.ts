import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type HopSubscriber, hopResults } from '../../src/loadtest/hop-results.js';
import { latenessHistogram } from '../../src/measure/histogram.js';

const none = { least: 0, most: 0, about: 0 };

describe('loss by hop', () => {
  it('is before a proxy where all behind it lack the same, and behind it where one lacks more', () => {
    const results = hopResults([
      subscriber('a-1', ['A'], 100),
      subscriber('a-2', ['A'], 100),
      subscriber('b-1', ['B'], 0),
      subscriber('b-2', ['B'], 30),
      subscriber('direct', [], 7),
    ]);
    assert.deepEqual(
      results.map(({ name, lostBefore, lostBehind, witness }) => [name, lostBefore, lostBehind, witness]),
      [
        ['A', { least: 0, most: 100, about: 100 }, { least: 0, most: 200, about: 0 }, 'a-1'],
        ['B', none, { least: 30, most: 30, about: 30 }, 'b-1'],
      ],
    );
  });

  it('is told for each of several proxies on the way', () => {
    const results = hopResults([
      subscriber('a', ['A'], 10),
      subscriber('c', ['A', 'C'], 25),
      subscriber('d', ['A', 'C'], 27),
    ]);
    assert.deepEqual(
      results.map(({ name, lostBefore, lostBehind, subscribers }) => [
        name,
        lostBefore?.about,
        lostBehind?.about,
        subscribers,
      ]),
      [
        ['A', 10, 0, 3],
        ['A/C', 15, 2, 2],
      ],
    );
  });

  it('needs a witness that takes all topics, and whose loss is known', () => {
    const some = { ...subscriber('a', ['A'], 0), prefixes: ['tcs.'] };
    const unknown = { ...subscriber('b', ['A'], 0), lost: null };
    const [hop] = hopResults([some, unknown]);
    assert.deepEqual([hop.witness, hop.lostBefore, hop.lostBehind], [null, null, null]);
  });

  it('holds the truth, whatever is lost where', () => {
    const losses = fc.array(fc.nat(50), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(50), losses, (before, behind) => {
        // Each loses other events than the others: together with those that did not reach the proxy.
        const subscribers = behind.map((lost, i) => subscriber(`a-${i}`, ['A'], before + lost));
        const [{ lostBefore, lostBehind }] = hopResults(subscribers);
        const sum = behind.reduce((total, each) => total + each, 0);
        assert.ok(lostBefore && lostBefore.least <= before && before <= lostBefore.most);
        assert.ok(lostBehind && lostBehind.least <= sum && sum <= lostBehind.most);
        assert.equal(lostBefore.about - before, Math.min(...behind));
      }),
    );
  });

  it('has the latencies of all behind it, added', () => {
    const [fast, slow] = [latenessHistogram(), latenessHistogram()];
    for (let i = 0; i < 900; i++) fast.recordValue(1000);
    for (let i = 0; i < 100; i++) slow.recordValue(1_000_000);
    const [{ latency }] = hopResults([
      { ...subscriber('a', ['A'], 0), latency: fast },
      { ...subscriber('b', ['A'], 0), latency: slow },
    ]);
    // A mean of percentiles would say that half of the events were slow.
    assert.ok(latency && latency.p90Us < 2 && latency.p99Us > 990, JSON.stringify(latency));
  });
});

function subscriber(name: string, hops: readonly string[], lost: number): HopSubscriber {
  return {
    ...{ name, agent: name.replace(/-\d+$/, ''), hops, prefixes: [], latency: undefined, errorUs: 0 },
    lost: { least: lost, most: lost, about: lost },
  };
}
