import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lostEvents } from '../../src/loadtest/lost-events.js';

const SIZES = fc.array(fc.integer({ min: 10, max: 400 }), { minLength: 1, maxLength: 60 });

describe('lostEvents', () => {
  it('has the number of lost events between its bounds, whichever are lost', () => {
    const taken = fc.array(fc.boolean(), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(SIZES, taken, fc.nat(), (sizes, isTaken, partOf) => {
        const lost = sizes.filter((_, i) => !isTaken[i]);
        const whole = range(sizes, sum(lost), true);
        assert.ok(whole !== undefined && whole.least <= lost.length && whole.most >= lost.length);
        // A part of the first of them was taken.
        const part = lost.length === 0 ? 0 : partOf % lost[0];
        const cut = range(sizes, sum(lost) - part, false);
        assert.ok(cut !== undefined && cut.least <= lost.length && cut.most >= lost.length);
      }),
    );
  });

  it('is exact for events of one size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 400 }),
        fc.nat(1000),
        fc.nat(1000),
        fc.nat(),
        (size, taken, lost, part) => {
          const sizes = Array<number>(taken + lost + 1).fill(size);
          assert.deepEqual(range(sizes, lost * size, true), { least: lost, most: lost });
          const cut = (lost + 1) * size - (part % size);
          assert.deepEqual(range(sizes, cut, false), { least: lost + 1, most: lost + 1 });
        },
      ),
    );
  });

  it('finds no number for bytes that are not those of whole events', () => {
    assert.equal(range([318, 318], 100, true), undefined);
    assert.equal(range([318, 318], 319, true), undefined);
    assert.equal(range([318, 318], -318, true), undefined);
    assert.equal(range([], 318, true), undefined);
  });
});

function range(sizes: readonly number[], missingBytes: number, isWhole: boolean) {
  const sent = {
    events: sizes.length,
    bytes: sum(sizes),
    leastBytes: Math.min(...sizes),
    mostBytes: Math.max(0, ...sizes),
  };
  return lostEvents(missingBytes, sent, isWhole);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
