import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NumberRanges } from '../../src/zmq/number-ranges.js';

test('ranges hold the numbers that were added, and no others', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200)), (numbers) => {
      const ascending = numbers.sort((a, b) => a - b);
      const ranges = new NumberRanges();
      for (const number of ascending) ranges.add(number);
      const held = ranges.kept.flatMap(({ first, last }) =>
        Array.from({ length: last - first + 1 }, (_, i) => first + i),
      );
      assert.deepEqual(held, ascending);
      assert.deepEqual([ranges.count, ranges.ranges], [ascending.length, ranges.kept.length]);
    }),
  );
});

test('the first thousand ranges are kept, and all are counted', () => {
  const ranges = new NumberRanges();
  for (let i = 0; i < 3000; i++) {
    ranges.add(10 * i);
    ranges.add(10 * i + 1);
  }
  assert.deepEqual([ranges.count, ranges.ranges, ranges.kept.length], [6000, 3000, 1000]);
  assert.deepEqual(ranges.kept.at(-1), { first: 9990, last: 9991 });
});
