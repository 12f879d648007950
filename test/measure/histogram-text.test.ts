import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { LARGEST_NS, latenessHistogram, percentile } from '../../src/measure/histogram.js';
import { decodeHistogram, decodePercentiles, encodeHistogram } from '../../src/measure/histogram-text.js';

const values = fc.array(fc.tuple(fc.integer({ min: 0, max: 3.6e12 }), fc.integer({ min: 1, max: 1e12 })), {
  maxLength: 50,
});

describe('a histogram as text', () => {
  it('is the same when it is read', () => {
    fc.assert(
      fc.property(values, (values) => {
        const histogram = latenessHistogram();
        for (const [value, count] of values) histogram.recordValueWithCount(value, count);
        const read = decodeHistogram(encodeHistogram(histogram));
        assert.equal(read.totalCount, histogram.totalCount);
        for (const percent of [0, 1, 10, 50, 90, 99, 99.9, 100]) {
          assert.equal(read.getValueAtPercentile(percent), histogram.getValueAtPercentile(percent));
        }
      }),
    );
  });

  it('gives the percentiles of the histogram, without making it', () => {
    const percents = [0.001, 1, 10, 50, 90, 99, 99.9, 100];
    fc.assert(
      fc.property(values, (values) => {
        const histogram = latenessHistogram();
        for (const [value, count] of values) histogram.recordValueWithCount(value, count);
        const text = encodeHistogram(histogram);
        const read = decodeHistogram(text);
        const expected = percents.map((percent) => Math.min(percentile(read, percent), LARGEST_NS));
        assert.deepEqual(decodePercentiles(text, percents), values.length === 0 ? undefined : expected);
      }),
    );
  });

  it('can have fewer digits and another unit', () => {
    fc.assert(
      fc.property(
        values,
        fc.constantFrom(1, 2, 3),
        fc.constantFrom(1, 1000, 4096),
        (values, numberOfSignificantValueDigits, lowestDiscernibleValue) => {
          const shape = {
            numberOfSignificantValueDigits,
            lowestDiscernibleValue,
            highestTrackableValue: 1e13,
          };
          const histogram = build({ ...shape, bitBucketSize: 64 });
          for (const [value, count] of values) histogram.recordValueWithCount(value, count);
          const read = decodeHistogram(encodeIntoCompressedBase64(histogram));
          assert.equal(read.totalCount, histogram.totalCount);
          for (const percent of [1, 50, 99]) {
            const [found, real] = [percentile(read, percent), histogram.getValueAtPercentile(percent)];
            assert.ok(
              Math.abs(Math.min(found, 3.6e12) - Math.min(real, 3.6e12)) <= 0.002 * real + 1,
              `${found}, ${real}`,
            );
          }
        },
      ),
    );
  });

  it('is refused, and quickly, whatever else it is', () => {
    const good = Buffer.from(encodeHistogram(filled()), 'base64');
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, end) => {
        const spoilt = Buffer.from(good);
        spoilt[at] = byte;
        const text = spoilt.subarray(0, end).toString('base64');
        try {
          assert.ok(decodeHistogram(text).totalCount >= 0);
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error));
        }
      }),
    );
    for (const text of ['', 'text', '💥', Buffer.alloc(100).toString('base64')]) {
      assert.throws(() => decodeHistogram(text), RangeError);
    }
  });

  for (const [what, header, counts] of [
    ['counts that go on for ever', {}, Buffer.from('ffffffffffffffff7f', 'hex')],
    ['a run of zeros beyond all values', {}, Buffer.from('ffffffffff01', 'hex')],
    ['a count that is cut off', {}, Buffer.from('ff', 'hex')],
    ['too many digits', { digits: 5 }, Buffer.from('02', 'hex')],
    ['a lowest value of 0', { lowest: 0n }, Buffer.from('02', 'hex')],
    ['fewer counts than it says', { length: 5 }, Buffer.from('02', 'hex')],
    ['megabytes of zeros', {}, Buffer.alloc(64 << 20)],
  ] as const) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => decodeHistogram(textOf({ length: counts.length, ...header }, counts)), RangeError);
    });
  }
});

function filled() {
  const histogram = latenessHistogram();
  for (let i = 1; i < 1000; i++) histogram.recordValueWithCount(i ** 3, i);
  return histogram;
}

function textOf({ length = 0, digits = 3, lowest = 1n }, counts: Buffer): string {
  const header = Buffer.alloc(40);
  header.writeInt32BE(0x1c849313, 0);
  header.writeInt32BE(length, 4);
  header.writeInt32BE(digits, 12);
  header.writeBigInt64BE(lowest, 16);
  header.writeBigInt64BE(BigInt(3.6e12), 24);
  const compressed = deflateSync(Buffer.concat([header, counts]));
  const outer = Buffer.alloc(8);
  outer.writeInt32BE(0x1c849314, 0);
  outer.writeInt32BE(compressed.length, 4);
  return Buffer.concat([outer, compressed]).toString('base64');
}
