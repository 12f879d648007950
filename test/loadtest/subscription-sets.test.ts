import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findSets } from '../../src/loadtest/subscription-sets.js';

/** Events of each topic take other bytes, and no two sets of topics take the same. */
const TOPICS = ['a', 'b', 'c', 'd'];
const BYTES = new Map(TOPICS.map((topic, i) => [topic, 318 * 1000 * 2 ** i + i]));
const SETS = fc.array(fc.uniqueArray(fc.constantFrom(...TOPICS), { minLength: 1 }), { maxLength: 6 });

describe('findSets', () => {
  it('finds the set of each connection that took everything', () => {
    fc.assert(
      fc.property(SETS, (sets) => {
        const found = find(sets, sets.map(bytesOf));
        sets.forEach((set, i) => {
          assert.deepEqual(sorted(found.get(i)), sorted(set));
        });
      }),
    );
  });

  it('finds the set of one that lost events from what is left, and never a wrong one', () => {
    fc.assert(
      fc.property(SETS, fc.nat(), fc.integer({ min: 1, max: 100 }), (sets, which, lost) => {
        if (sets.length === 0) return;
        const loser = which % sets.length;
        const bytes = sets.map((set, i) => (i === loser ? bytesOf(set) - lost : bytesOf(set)));
        const found = find(sets, bytes);
        assert.deepEqual(sorted(found.get(loser)), sorted(sets[loser]));
      }),
    );
  });

  it('needs no bytes where all have the same prefixes', () => {
    const sets = [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'b'],
    ];
    const found = find(sets, [undefined, 5, undefined]);
    for (const [i, set] of sets.entries()) assert.deepEqual(sorted(found.get(i)), set.toSorted());
  });

  it('leaves out those that have lost events where it is not certain whose set is which', () => {
    const sets = [['a'], ['b'], ['c']];
    const found = find(sets, [bytesOf(['a']), 7, 8]);
    assert.deepEqual([...found], [[0, ['a']]]);
  });

  it('takes nothing for granted where subscriptions came over other connections too', () => {
    assert.deepEqual([...find([['a']], [7], false)], []);
    assert.deepEqual([...find([['a']], [bytesOf(['a'])], false)], [[0, ['a']]]);
  });

  it('finds nothing where the sets that fit do not add up to the subscriptions', () => {
    // The second took as many bytes by chance: it lost all of b.
    assert.equal(find([['a'], ['a', 'b']], [bytesOf(['a']), bytesOf(['a'])]).size, 0);
  });

  it('finds nothing where there are more subscriptions than connections', () => {
    const subscriptions = new Map([['a', 2]]);
    const question = { connections: new Map([[0, bytesOf(['a'])]]), subscriptions, isWhole: true };
    assert.equal(findSets({ ...question, bytesOf, coverage }).size, 0);
  });

  it('leaves out one that several sets fit which were sent different events', () => {
    const connections = new Map([
      [0, 10],
      [1, 10],
    ]);
    const subscriptions = new Map([
      ['x', 1],
      ['y', 1],
    ]);
    const alike = (prefixes: readonly string[]) => 10 * prefixes.length;
    assert.equal(findSets({ connections, subscriptions, isWhole: true, bytesOf: alike, coverage }).size, 0);
  });

  it('takes sets for one that were sent the same events', () => {
    const connections = new Map([
      [0, 10],
      [1, 0],
    ]);
    const subscriptions = new Map([
      ['', 1],
      ['x', 1],
    ]);
    // Nothing was sent to x, so nothing shows whether the first has it.
    const bytes = (prefixes: readonly string[]) => (prefixes.includes('') ? 10 : 0);
    const sent = (prefixes: readonly string[]) => (prefixes.includes('') ? 'all' : 'none');
    const found = findSets({ connections, subscriptions, isWhole: true, bytesOf: bytes, coverage: sent });
    assert.deepEqual(found.get(0), ['']);
  });

  it('does not try thousands of sets', () => {
    const prefixes = Array.from({ length: 30 }, (_, i) => `p${i}`);
    const connections = new Map([
      [0, 10],
      [1, 20],
    ]);
    const subscriptions = new Map(prefixes.map((prefix) => [prefix, 1]));
    assert.equal(findSets({ connections, subscriptions, isWhole: true, bytesOf, coverage }).size, 0);
  });
});

function find(sets: readonly string[][], bytes: readonly (number | undefined)[], isWhole = true) {
  const subscriptions = new Map<string, number>();
  for (const prefix of sets.flat()) subscriptions.set(prefix, (subscriptions.get(prefix) ?? 0) + 1);
  return findSets({ connections: new Map(bytes.entries()), subscriptions, isWhole, bytesOf, coverage });
}

function bytesOf(prefixes: readonly string[]): number {
  return prefixes.reduce((sum, prefix) => sum + (BYTES.get(prefix) ?? 0), 0);
}

function coverage(prefixes: readonly string[]): string {
  return prefixes.toSorted().join();
}

function sorted(set: readonly string[] | undefined): string[] | undefined {
  return set?.toSorted();
}
