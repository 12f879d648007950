import { inflateSync } from 'node:zlib';
import { encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { type Buckets, type OnPart, sortedIntoBuckets } from './buckets.js';
import { LARGEST_NS, latenessHistogram } from './histogram.js';

/** Version 2 of HdrHistogram's encoding; four bits of each are free. */
const [COMPRESSED_COOKIE, COOKIE] = [0x1c849304, 0x1c849303];
const COOKIE_MASK = ~0xf0;
/** Cookie, length of what is compressed. */
const OUTER_HEADER_BYTES = 8;
/** Cookie, length of the counts, offset, digits, lowest and highest value, ratio. */
const HEADER_BYTES = 40;
/** A histogram of three digits from a nanosecond to an hour with a different count in each bucket has some 150 kB. */
const LARGEST_BYTES = 1 << 20;
const MOST_DIGITS = 3;
/** The values of a histogram have 63 bits. */
const MOST_BITS = 63;
/** Bits of a count that are not in its last, ninth byte. */
const BITS_BEFORE_LAST = 56;

/** A histogram as HdrHistogram writes it into text: version 2, compressed, in base64. Every library of HdrHistogram reads it. */
export function encodeHistogram(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram);
}

/**
 * Reads what `encodeHistogram` or another library of HdrHistogram has written. The text may come from anyone: it takes a
 * bounded time and memory.
 *
 * @returns a histogram as `latenessHistogram` makes them; values above its largest count as that
 * @throws RangeError if it is no such text, or has more than three significant digits
 */
export function decodeHistogram(text: string): Histogram {
  const histogram = latenessHistogram();
  readParts(text, (_, nextNs, count) =>
    histogram.recordValueWithCount(Math.min(LARGEST_NS, nextNs - 1), count),
  );
  if (!Number.isSafeInteger(histogram.totalCount)) throw new RangeError('its counts are too large');
  return histogram;
}

/**
 * The values of a histogram in buckets, as `bucketsOf` sorts those of `decodeHistogram`, in a fraction of the time.
 *
 * @throws RangeError as `decodeHistogram`
 */
export function decodeBuckets(text: string, boundsNs: readonly number[]): Buckets {
  return sortedIntoBuckets(boundsNs, (onPart) => readParts(text, onPart));
}

/**
 * Percentiles of a histogram, as `percentile` gives them of that of `decodeHistogram`, in a fraction of the time.
 *
 * @param percents ascending
 * @returns in nanoseconds; undefined: it has no values
 * @throws RangeError as `decodeHistogram`
 */
export function decodePercentiles(text: string, percents: readonly number[]): number[] | undefined {
  const parts: (readonly [highestNs: number, count: number])[] = [];
  readParts(text, (_, nextNs, count) => parts.push([Math.min(LARGEST_NS, nextNs - 1), count]));
  return percentilesOf(parts, percents);
}

/**
 * The values that shares of all values do not exceed.
 *
 * @param ascending values, and how many there are of each
 * @param percents ascending
 * @returns undefined: there are no values
 */
export function percentilesOf(
  ascending: readonly (readonly [value: number, count: number])[],
  percents: readonly number[],
): number[] | undefined {
  const total = ascending.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return undefined;
  let place = -1;
  let upTo = 0;
  return percents.map((percent) => {
    // What is a whole number but for the rounding of the product is that number.
    const wanted = Math.max(1, Math.ceil((percent / 100) * total * (1 - Number.EPSILON)));
    while (upTo < wanted) upTo += ascending[++place][1];
    return ascending[place][0];
  });
}

function readParts(text: string, onPart: OnPart): void {
  const outer = Buffer.from(text, 'base64');
  if (outer.length < OUTER_HEADER_BYTES || (outer.readInt32BE(0) & COOKIE_MASK) !== COMPRESSED_COOKIE) {
    throw new RangeError('it does not begin as a compressed histogram does');
  }
  const bytes = inflated(outer.subarray(OUTER_HEADER_BYTES));
  if (bytes.length < HEADER_BYTES || (bytes.readInt32BE(0) & COOKIE_MASK) !== COOKIE) {
    throw new RangeError('what is compressed does not begin as a histogram does');
  }
  const countsEnd = HEADER_BYTES + bytes.readInt32BE(4);
  if (countsEnd < HEADER_BYTES || countsEnd > bytes.length) throw new RangeError('its counts are cut off');
  readCounts(bytes.subarray(HEADER_BYTES, countsEnd), layoutOf(bytes), onPart);
}

function inflated(compressed: Buffer): Buffer {
  try {
    return inflateSync(compressed, { maxOutputLength: LARGEST_BYTES });
  } catch (error) {
    throw new RangeError('what is compressed in it cannot be read, or is too large', { cause: error });
  }
}

/** How the buckets of a histogram follow each other: `half` buckets for each doubling of the value. */
interface Layout {
  readonly half: number;
  /** Width of the first buckets. */
  readonly unit: number;
  /** Most buckets. */
  readonly count: number;
}

function layoutOf(bytes: Buffer): Layout {
  const digits = bytes.readInt32BE(12);
  if (digits < 0 || digits > MOST_DIGITS)
    throw new RangeError(`it has ${digits} significant digits, not 0 to 3`);
  const lowest = Number(bytes.readBigInt64BE(16));
  if (lowest < 1 || lowest > LARGEST_NS) throw new RangeError(`its lowest value is ${lowest}`);
  const half = 2 ** (Math.ceil(Math.log2(2 * 10 ** digits)) - 1);
  return { half, unit: 2 ** Math.floor(Math.log2(lowest)), count: (MOST_BITS + 1) * half };
}

function readCounts(bytes: Buffer, layout: Layout, onPart: OnPart): void {
  let index = 0;
  let at = 0;
  while (at < bytes.length) {
    // The sign of the number is its lowest bit. A negative one says how many counts are 0.
    let number = 0;
    let bits = 0;
    let scale = 1;
    for (let isLast = false; !isLast; bits += 7, scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('its last count is cut off');
      isLast = byte < 0x80 || bits === BITS_BEFORE_LAST;
      number += (bits === BITS_BEFORE_LAST ? byte : byte & 0x7f) * scale;
    }
    if (number > Number.MAX_SAFE_INTEGER) throw new RangeError('one of its counts is too large');
    if (number % 2 === 1) index += (number + 1) / 2;
    else {
      if (number > 0 && index < layout.count) {
        const { lowest, width } = bucketAt(index, layout);
        onPart(lowest, lowest + width, number / 2);
      }
      index += 1;
    }
    if (index > layout.count) throw new RangeError('it has more counts than values');
  }
}

/** The lowest value that counts in a bucket, and its width. */
function bucketAt(index: number, { half, unit }: Layout): { lowest: number; width: number } {
  if (index < 2 * half) return { lowest: index * unit, width: unit };
  const width = unit * 2 ** (Math.floor(index / half) - 1);
  return { lowest: ((index % half) + half) * width, width };
}
