import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { highestRate, simulate, subscribersOf, type Tree } from './proxy-tree-model.js';

const TREE: Tree = {
  costs: [
    { receiveUs: 10, sendUs: 2 },
    { receiveUs: 3, sendUs: 2 },
  ],
  fanOuts: [4, 8],
  ...{ eventBytes: 500, bitsPerS: 1e9, linkUs: 100 },
};

describe('the model of a tree of proxies', () => {
  it('has the rate of its busiest machine', () => {
    assert.equal(subscribersOf(TREE), 32);
    // The proxies: 3 + 8 · 2 µs; the publisher: 10 + 4 · 2 µs; the card: 8 · 4 µs.
    assert.deepEqual(highestRate(TREE), { perS: 1e6 / 32, limit: 'network' });
    assert.deepEqual(highestRate({ ...TREE, bitsPerS: 1e10 }), { perS: 1e6 / 19, limit: 'core' });
  });

  it('adds up the ways where nothing waits', () => {
    const [proxies, subscribers] = simulate(TREE, 0.01, 100, 1);
    const expected = [10 + 2 + 4 * 4 + 100, 10 + 2 + 4 * 4 + 100 + 3 + 2 + 8 * 4 + 100];
    for (const [i, latencies] of [proxies, subscribers].entries())
      for (const us of latencies) assert.ok(Math.abs(us - expected[i]) < 1e-3, `${us}`);
  });

  it('waits as the queue of the textbook does where one machine counts alone', () => {
    const alone: Tree = {
      ...TREE,
      costs: [{ receiveUs: 90, sendUs: 10 }],
      fanOuts: [1],
      bitsPerS: 1e15,
      linkUs: 0,
    };
    const [latencies] = simulate(alone, 5000, 200_000, 1);
    const mean = latencies.reduce((sum, us) => sum + us, 0) / latencies.length;
    // M/D/1 at half of its rate: half of a service time of 100 µs is waited, and the service follows.
    assert.ok(Math.abs(mean - 150) < 5, `${mean}`);
  });
});
