import type { SeriesPoint, SubscriberPoint } from './load-report.js';

/** Most points, and most figures of subscribers in all of them. */
const MOST_POINTS = 1200;
const MOST_SUBSCRIBER_POINTS = 200_000;

/** The course of a load test, in bounded memory: where it becomes long, two points become one. */
export class LoadSeries {
  private _points: SeriesPoint[] = [];
  /** Number of samples of a point. */
  private _samples = 1;
  private _open: SeriesPoint[] = [];

  get points(): readonly SeriesPoint[] {
    return this._open.length === 0 ? this._points : [...this._points, merged(this._open)];
  }

  add(sample: SeriesPoint): void {
    this._open.push(sample);
    if (this._open.length < this._samples) return;
    this._points.push(merged(this._open));
    this._open = [];
    const most = Math.min(MOST_POINTS, MOST_SUBSCRIBER_POINTS / Math.max(1, sample.subscribers.length));
    if (this._points.length < most) return;
    this._points = pairs(this._points).map(merged);
    this._samples *= 2;
  }
}

function pairs<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / 2) }, (_, i) => all.slice(2 * i, 2 * i + 2));
}

/** Rates are means, what can hurt is the worst, and what adds up is the last. */
function merged(points: readonly SeriesPoint[]): SeriesPoint {
  const last = points[points.length - 1];
  if (points.length === 1) return last;
  return {
    atS: last.atS,
    intendedPerS: mean(points.map(({ intendedPerS }) => intendedPerS)) ?? 0,
    offeredPerS: mean(points.map(({ offeredPerS }) => offeredPerS)) ?? 0,
    lateP99Us: largest(points.map(({ lateP99Us }) => lateP99Us)),
    subscribers: last.subscribers.map((_, i) =>
      mergedSubscriber(points.flatMap(({ subscribers }) => subscribers[i] ?? [])),
    ),
  };
}

function mergedSubscriber(points: readonly SubscriberPoint[]): SubscriberPoint {
  return {
    receivedPerS: mean(points.map(({ receivedPerS }) => receivedPerS)),
    lag: largest(points.map(({ lag }) => lag)),
    lost: points[points.length - 1].lost,
    p99Us: largest(points.map(({ p99Us }) => p99Us)),
    backedUpShare: mean(points.map(({ backedUpShare }) => backedUpShare)),
  };
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function mean(values: readonly (number | null)[]): number | null {
  const some = known(values);
  return some.length === 0 ? null : some.reduce((sum, value) => sum + value, 0) / some.length;
}

function largest(values: readonly (number | null)[]): number | null {
  const some = known(values);
  return some.length === 0 ? null : Math.max(...some);
}
