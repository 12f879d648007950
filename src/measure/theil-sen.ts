/** Quantile of the standard normal distribution for an interval of 95 %. */
const Z_95 = 1.959964;

type Point = readonly [x: number, y: number];

/** A line through points, by Theil and Sen. */
export interface TheilSenLine {
  /** Median of the slopes between all pairs of points that differ in x: y per x. */
  readonly slope: number;
  /** Interval of 95 % of the slope; infinite where the points are too few for one. */
  readonly low: number;
  readonly high: number;
  /** Standard deviation of y about the line. */
  readonly residual: number;
}

/**
 * Fits a line that outliers hardly move: up to some 29 % of the points can be anywhere.
 *
 * The interval is that of P. K. Sen ("Estimates of the Regression Coefficient Based on Kendall's Tau", JASA 63, 1968): slopes in order,
 * as far from the middle as Kendall's score can be by chance. Its variance allows for ties in x and in y (M. G. Kendall, "Rank
 * Correlation Methods", 1970). It takes the points' errors as independent: where they are not, as with a queue that fills and drains
 * slowly, the interval is too narrow.
 *
 * Time and memory are those of half the square of the number of points: 600 points take 180,000 numbers.
 *
 * @param points x and y, in any order
 * @returns null if no two points differ in x
 */
export function theilSen(points: readonly Point[]): TheilSenLine | null {
  const slopes = slopesOf(points);
  if (slopes.length === 0) return null;
  const slope = medianOfSorted(slopes);
  // Kendall's score goes in steps of two.
  const reach = Z_95 * Math.sqrt(varianceOfScore(points));
  const low = Math.floor((slopes.length - reach) / 2) - 1;
  const high = Math.ceil((slopes.length + reach) / 2);
  return {
    slope,
    low: reach === 0 ? slope : (slopes[low] ?? Number.NEGATIVE_INFINITY),
    high: reach === 0 ? slope : (slopes[high] ?? Number.POSITIVE_INFINITY),
    residual: deviationOf(points.map(([x, y]) => y - slope * x)),
  };
}

/** In ascending order. */
function slopesOf(points: readonly Point[]): Float64Array {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2);
  let count = 0;
  for (let i = 0; i < points.length; i++) {
    const [x, y] = points[i];
    for (let j = i + 1; j < points.length; j++) {
      const [otherX, otherY] = points[j];
      if (otherX !== x) slopes[count++] = (otherY - y) / (otherX - x);
    }
  }
  return slopes.subarray(0, count).sort();
}

function medianOfSorted(values: Float64Array): number {
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/** Variance of Kendall's score if x and y have nothing to do with each other. */
function varianceOfScore(points: readonly Point[]): number {
  const n = points.length;
  const [tiesX, tiesY] = [0, 1].map((axis) => tieSums(points.map((point) => point[axis])));
  const whole = n * (n - 1) * (2 * n + 5);
  const pairs = (tiesX.pairs * tiesY.pairs) / (2 * n * (n - 1));
  const triples = n > 2 ? (tiesX.triples * tiesY.triples) / (9 * n * (n - 1) * (n - 2)) : 0;
  return Math.max(0, (whole - tiesX.weighted - tiesY.weighted) / 18 + pairs + triples);
}

/** Sums over groups of t equal values: of t(t-1), of t(t-1)(t-2), of t(t-1)(2t+5). */
function tieSums(values: readonly number[]): { pairs: number; triples: number; weighted: number } {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const sums = { pairs: 0, triples: 0, weighted: 0 };
  for (const t of counts.values()) {
    sums.pairs += t * (t - 1);
    sums.triples += t * (t - 1) * (t - 2);
    sums.weighted += t * (t - 1) * (2 * t + 5);
  }
  return sums;
}

function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
