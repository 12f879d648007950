import type { TimeBins } from '../../database/places/time-bins.js';
import type { Point } from '../protocol.js';
import type { SeriesJob } from './series-job.js';

/** The history of an attribute as points, in order of time. No two points of numbers have the same time. */
export function seriesPoints(
  series: Pick<SeriesJob, 'kind' | 'min' | 'max' | 'states'>,
  { fromS, toS, bins }: TimeBins,
): Point[] {
  if (series.kind === 'state')
    return series
      .states()
      .states.flatMap(({ atS, value }) => (value === null ? [] : [{ timestamp: 1000 * atS, value }]));
  const [firstMs, partMs] = [1000 * fromS, (1000 * (toS - fromS)) / bins];
  const pointIn = (part: number, share: number, value: number) => ({
    timestamp: firstMs + (part + share) * partMs,
    value,
  });
  const points: Point[] = [];
  for (let part = 0; part < bins; part++) {
    const [min, max] = [series.min[part], series.max[part]];
    if (Number.isNaN(min)) continue;
    if (min === max) points.push(pointIn(part, 0.5, min));
    else points.push(pointIn(part, 0.25, min), pointIn(part, 0.75, max));
  }
  return points;
}
