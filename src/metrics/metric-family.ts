import type { Buckets } from '../measure/buckets.js';

/** One value of a metric. */
export interface Sample {
  readonly value: number;
  /** Values may hold any text. Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What follows the name, of a histogram: `_bucket`. Default: nothing. */
  readonly suffix?: string;
}

/** A metric with all its values. They are read when it is scraped: until then it costs nothing. */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** What it means, for the person who looks at a chart of it. */
  readonly help: string;
  /** A value that is NaN is not known, and is left out. */
  readonly read: () => readonly Sample[] | Promise<readonly Sample[]>;
}

/**
 * Upper bounds of the buckets of lateness and latency, in seconds. What is good lies below a millisecond, and what an alert is
 * for above ten.
 */
export const BOUNDS_S: readonly number[] = [
  ...[0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05],
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 60],
];

export const BOUNDS_NS: readonly number[] = BOUNDS_S.map((boundS) => Math.round(boundS * 1e9));

/** The values of a histogram with the bounds `BOUNDS_NS`. */
export function histogramSamples({ upTo, count, sumNs }: Buckets, labels: Sample['labels'] = {}): Sample[] {
  return [
    ...BOUNDS_S.map((boundS, i) => ({
      ...{ suffix: '_bucket', labels: { ...labels, le: String(boundS) }, value: upTo[i] ?? 0 },
    })),
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
    { suffix: '_sum', labels, value: sumNs / 1e9 },
    { suffix: '_count', labels, value: count },
  ];
}

/** A counter with one value. */
export function counter(name: string, help: string, read: () => number): MetricFamily {
  return { name, type: 'counter', help, read: () => [{ value: read() }] };
}

/** A gauge with one value. */
export function gauge(name: string, help: string, read: () => number): MetricFamily {
  return { name, type: 'gauge', help, read: () => [{ value: read() }] };
}
