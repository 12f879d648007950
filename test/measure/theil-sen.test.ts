import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../src/generate/random.js';
import { theilSen } from '../../src/measure/theil-sen.js';

type Point = readonly [number, number];

const number = fc.integer({ min: -1000, max: 1000 });
const points = fc.array(fc.tuple(number, number), { minLength: 3, maxLength: 40 });

function near(found: number, wanted: number): boolean {
  return found === wanted || Math.abs(found - wanted) <= 1e-6 * (1 + Math.abs(wanted));
}

/** Points of a line with normal errors. */
function noisyLine(random: Random, count: number, slope: number, rounding = 0): Point[] {
  return Array.from({ length: count }, (_, i): Point => {
    const y = slope * i + 10 * random.normal();
    return [i, rounding === 0 ? y : rounding * Math.round(y / rounding)];
  });
}

/** The share of intervals that have the true slope in them. */
function coverage(count: number, rounding = 0): number {
  const random = new Random(7, `coverage ${count} ${rounding}`);
  const trials = 1000;
  let hits = 0;
  for (let i = 0; i < trials; i++) {
    const { low, high } = theilSen(noisyLine(random, count, 0.3, rounding))!;
    if (low <= 0.3 && 0.3 <= high) hits++;
  }
  return hits / trials;
}

describe('a line by Theil and Sen', () => {
  it('is the line itself where all points are on it, in any order', () => {
    fc.assert(
      fc.property(number, number, fc.uniqueArray(number, { minLength: 2, maxLength: 30 }), (a, b, xs) => {
        const { slope, residual } = theilSen(xs.map((x): Point => [x, a + b * x]))!;
        assert.ok(near(slope, b) && residual < 1e-3, `${slope} ± ${residual}, not ${b}`);
      }),
    );
  });

  it('has its slope within its interval, which does not depend on the order of the points', () => {
    fc.assert(
      fc.property(points, (some) => {
        const line = theilSen(some);
        if (line === null) return;
        assert.ok(line.low <= line.slope && line.slope <= line.high, JSON.stringify(line));
        const reversed = theilSen(some.toReversed())!;
        for (const key of ['slope', 'low', 'high', 'residual'] as const)
          assert.ok(near(reversed[key], line[key]), key);
      }),
    );
  });

  it('follows its points where these are shifted, stretched or tilted', () => {
    fc.assert(
      fc.property(points, number, number, fc.integer({ min: 1, max: 100 }), (some, up, tilt, stretch) => {
        const line = theilSen(some);
        const moved = theilSen(some.map(([x, y]): Point => [x + 3, stretch * y + up]));
        if (line === null || moved === null) return assert.equal(line, moved);
        for (const key of ['slope', 'low', 'high', 'residual'] as const)
          assert.ok(near(moved[key], stretch * line[key]), key);
        const tilted = theilSen(some.map(([x, y]): Point => [x, y + tilt * x]))!;
        assert.ok(near(tilted.slope, line.slope + tilt));
      }),
    );
  });

  it('is hardly moved by a quarter of points that are anywhere', () => {
    const random = new Random(3, 'outliers');
    const clean = noisyLine(random, 80, 5);
    const spoilt = clean.map(([x, y], i): Point => [x, i % 4 === 0 ? 1e6 * random.normal() : y]);
    assert.ok(Math.abs(theilSen(spoilt)!.slope - 5) < 1, `${theilSen(spoilt)?.slope}`);
  });

  it('has the true slope in its interval 95 times of 100, with ties too', () => {
    for (const [count, rounding] of [
      [12, 0],
      [40, 0],
      [40, 5],
    ]) {
      const share = coverage(count, rounding);
      assert.ok(share > 0.93 && share < 0.985, `${count} points, rounded to ${rounding}: ${share}`);
    }
  });

  it('agrees with figures of another implementation', () => {
    // Sen's own example: scipy.stats.theilslopes gives 4, and 3.714 to 4.375; these round outwards, to the next of the 21 slopes.
    const years = [1, 2, 3, 4, 10, 12, 18];
    const found = theilSen(years.map((x, i): Point => [x, [9, 15, 19, 20, 45, 55, 78][i]]))!;
    assert.deepEqual([found.slope, found.high], [4, 5]);
    assert.ok(near(found.low, 11 / 3), `${found.low}`);
  });

  it('is level, with no doubt, where all y are the same', () => {
    const level = theilSen(Array.from({ length: 30 }, (_, i): Point => [i, 0]));
    assert.deepEqual(level, { slope: 0, low: 0, high: 0, residual: 0 });
  });

  it('knows no interval of two points, and no line of points at one x', () => {
    const two = theilSen([
      [0, 0],
      [1, 2],
    ]);
    const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    assert.deepEqual(two, { slope: 2, low, high, residual: 0 });
    for (const none of [
      [],
      [[1, 1]],
      [
        [1, 1],
        [1, 2],
      ],
    ] as Point[][])
      assert.equal(theilSen(none), null);
  });

  it('tells growth from the sawtooth of a garbage collector', () => {
    const sawtooth = Array.from({ length: 40 }, (_, i): Point => [i, 100 + (i % 5)]);
    assert.equal(theilSen(sawtooth)?.slope, 0);
    assert.equal(theilSen(sawtooth.map(([x, y]): Point => [x, y + 3 * x]))?.slope, 3);
  });
});
