import { setTimeout as delay } from 'node:timers/promises';
import type { TimeBins } from '../../database/places/time-bins.js';
import type { SeriesPart } from '../protocol.js';
import type { SeriesJob } from './series-job.js';
import type { JobUse } from './shared-job.js';

/** Time between two pictures. */
const PICTURE_MS = 300;

/** The answer to a request for the history of an attribute: all that is known, some times a second, until all is. */
export async function* seriesParts(
  { job, ended }: JobUse<SeriesJob>,
  { fromS, toS, bins }: TimeBins,
): AsyncGenerator<SeriesPart> {
  let isDone = false;
  const end = ended.then(() => {
    isDone = true;
  });
  end.catch(() => {}); // It is awaited below.
  for (;;) {
    await Promise.race([end, delay(PICTURE_MS)]);
    const isLast = isDone;
    const known = { fromS, toS, bins, firstBin: 0, done: isLast ? 1 : Math.min(0.999, job.done), isLast };
    if (job.kind === 'state') yield { kind: 'state', ...known, ...job.states() };
    else yield { kind: 'number', ...known, min: orNulls(job.min), max: orNulls(job.max) };
    if (isLast) return;
  }
}

function orNulls(values: Float64Array): (number | null)[] {
  return Array.from(values, (value) => (Number.isNaN(value) ? null : value));
}
