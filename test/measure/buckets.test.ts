import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bucketsOf } from '../../src/measure/buckets.js';
import { LARGEST_NS, latenessHistogram } from '../../src/measure/histogram.js';
import { decodeBuckets, decodeHistogram, encodeHistogram } from '../../src/measure/histogram-text.js';

const values = fc.array(
  fc.oneof(fc.nat(5000), fc.nat(2e9), fc.double({ min: 0, max: LARGEST_NS, noNaN: true })).map(Math.round),
);
const bounds = fc
  .uniqueArray(fc.oneof(fc.nat(5000), fc.nat(2e9)), { minLength: 1, maxLength: 20 })
  .map((each) => each.sort((a, b) => a - b));

function histogramOf(all: readonly number[]) {
  const histogram = latenessHistogram();
  for (const value of all) histogram.recordValue(value);
  return histogram;
}

test('buckets count what is up to each bound, and at most a thousandth more', () => {
  fc.assert(
    fc.property(values, values, bounds, (first, second, boundsNs) => {
      const { upTo, count, sumNs } = bucketsOf([histogramOf(first), histogramOf(second)], boundsNs);
      const all = [...first, ...second];
      assert.equal(count, all.length);
      for (const [i, boundNs] of boundsNs.entries()) {
        const within = (ns: number) => all.filter((value) => value <= ns).length;
        assert((upTo[i] as number) >= within(boundNs), 'too few');
        assert((upTo[i] as number) <= within(boundNs * 1.001), 'too many');
      }
      const sum = all.reduce((total, value) => total + value, 0);
      assert(Math.abs(sumNs - sum) <= 0.0005 * sum + all.length, `${sumNs}, not ${sum}`);
    }),
  );
});

test('buckets of a histogram in text are those of the histogram', () => {
  fc.assert(
    fc.property(values, bounds, (all, boundsNs) => {
      const text = encodeHistogram(histogramOf(all));
      assert.deepEqual(decodeBuckets(text, boundsNs), bucketsOf([decodeHistogram(text)], boundsNs));
    }),
  );
});
