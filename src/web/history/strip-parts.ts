import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { TimeBins } from '../../database/places/time-bins.js';
import type { StripPart } from '../protocol.js';
import type { TopicDirectory } from '../topic-directory.js';
import type { JobUse } from './shared-job.js';
import type { StripJob } from './strip-job.js';

/** Time between two pictures. */
const PICTURE_MS = 400;
/** Most topics of an answer for which none were named. */
export const MOST_SHOWN = 400;
/** Counts of one part: their text is made in less than a millisecond, between events. */
const COUNTS_A_PART = 10_000;

/**
 * The answer to a request for a strip: what has changed since the last picture, until all is known.
 *
 * @param wanted topics that were named; undefined: those with most events
 */
export async function* stripParts(
  { job, ended }: JobUse<StripJob>,
  { fromS, toS, bins }: TimeBins,
  wanted: ReadonlySet<string> | undefined,
  directory: TopicDirectory,
): AsyncGenerator<StripPart> {
  let told = 0;
  // Where the estimate takes long, the first picture has what is known of it: its parts lie evenly all over the time.
  const estimated = job.estimated.then(() => true);
  while (!(await Promise.race([estimated, delay(PICTURE_MS, false)])) && job.counts.version === 0);
  let isDone = false;
  const end = ended.then(() => {
    isDone = true;
  });
  end.catch(() => {}); // It is awaited below.
  for (;;) {
    const isLast = isDone;
    const { version } = job.counts;
    const changed = job.counts
      .changedSince(told)
      .filter((topic) => wanted?.has(topic) !== false)
      .slice(0, wanted === undefined ? MOST_SHOWN : undefined);
    told = version;
    directory.add(job.counts.events.keys());
    const topicsAPart = Math.max(1, Math.floor(COUNTS_A_PART / bins));
    for (let at = 0; at < changed.length; at += topicsAPart) {
      const counts = Object.fromEntries(
        changed.slice(at, at + topicsAPart).flatMap((topic) => {
          const id = directory.idOf(topic);
          return id === undefined ? [] : [[id, rounded(job.counts.of(topic))]];
        }),
      );
      yield { fromS, toS, bins, counts, done: isLast ? 1 : Math.min(0.999, job.done), isLast: false };
      await turn();
    }
    yield {
      ...{ fromS, toS, bins, counts: {}, total: rounded(job.counts.total) },
      ...(job.gaps !== undefined && { gaps: job.gaps }),
      ...(job.damage.length > 0 && { damage: job.damage }),
      done: isLast ? 1 : Math.min(0.999, job.done),
      isLast,
    };
    if (isLast) return;
    await Promise.race([end, delay(PICTURE_MS)]);
  }
}

function rounded(counts: Float64Array): number[] {
  return Array.from(counts, Math.round);
}
