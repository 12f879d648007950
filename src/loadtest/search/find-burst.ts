import type { SearchCourse } from './search-course.js';
import type { BurstProgress, BurstResult, BurstSearchResult, RunBurst, SearchEnd } from './search-result.js';

/** Times that a burst is sent before it counts as borne. */
const REPEATS = 3;
const MOST_INVALID = 3;
const STEP = 2;

export interface FindBurstOptions extends SearchCourse<BurstProgress> {
  /** Size of the first burst, in events: the high-water mark, if it is known. */
  readonly guess: number;
  readonly mostEvents: number;
  /** Largest distance of the two bounds, as a share of the lower one; at least one event. */
  readonly width: number;
  /** Time that the search takes at most, in seconds. */
  readonly limitS: number;
}

/**
 * Searches for the most events back to back of which nothing is lost (RFC 2544, 26.4): doubled or halved until one size is borne and one is
 * not, then in the middle. A size is borne if nothing was lost in three bursts; one loss decides.
 *
 * @throws what `runBurst` throws
 */
export async function findBurst(runBurst: RunBurst, options: FindBurstOptions): Promise<BurstSearchResult> {
  const { signal } = options;
  const bursts: BurstResult[] = [];
  const bounds: BurstBounds = { lower: null, upper: null, limit: null };
  let end = endOf(bounds, options);
  while (end === null && !signal?.aborted) {
    await tryNext(runBurst, bounds, bursts, options);
    end = endOf(bounds, options);
  }
  return burstResult(bounds, bursts, signal?.aborted ? 'stopped' : (end ?? 'stopped'));
}

interface BurstBounds {
  lower: number | null;
  /** Something was lost of it. */
  upper: number | null;
  /** The smallest one of which nothing can be said, for instance since it cannot be sent back to back. */
  limit: number | null;
}

function endOf({ lower, upper, limit }: BurstBounds, options: FindBurstOptions): SearchEnd | null {
  const { mostEvents, width, elapsedS, limitS } = options;
  const least = Math.min(upper ?? Number.POSITIVE_INFINITY, limit ?? Number.POSITIVE_INFINITY);
  if (least <= 1 || (lower !== null && lower >= mostEvents)) return 'limit';
  if (least - (lower ?? 0) <= Math.max(1, width * (lower ?? 0))) return least === upper ? 'width' : 'limit';
  return elapsedS() >= limitS ? 'time' : null;
}

function nextSize({ lower, upper, limit }: BurstBounds, { guess, mostEvents }: FindBurstOptions): number {
  const least = Math.min(upper ?? Number.POSITIVE_INFINITY, limit ?? Number.POSITIVE_INFINITY);
  if (lower === null)
    return least === Number.POSITIVE_INFINITY ? guess : Math.max(1, Math.floor(least / STEP));
  if (least === Number.POSITIVE_INFINITY) return Math.min(mostEvents, lower * STEP);
  return Math.min(least - 1, Math.max(lower + 1, Math.round(Math.sqrt(lower * least))));
}

async function tryNext(
  runBurst: RunBurst,
  bounds: BurstBounds,
  bursts: BurstResult[],
  options: FindBurstOptions,
): Promise<void> {
  const events = nextSize(bounds, options);
  const { elapsedS, limitS, onProgress } = options;
  for (let good = 0, invalid = 0; good < REPEATS && !options.signal?.aborted; ) {
    const { lower, upper } = bounds;
    const startS = elapsedS();
    onProgress?.({
      ...{ events, number: bursts.length + 1, lower, upper, bursts },
      ...{ elapsedS: startS, leftS: Math.max(0, limitS - startS) },
    });
    const burst = await runBurst(events);
    if (options.signal?.aborted) return;
    bursts.push(burst);
    if (burst.outcome === 'good') good += 1;
    else if (burst.outcome === 'bad') {
      bounds.upper = events;
      return;
    } else invalid += 1;
    if (invalid >= MOST_INVALID) {
      bounds.limit = events;
      return;
    }
    if (good === REPEATS) bounds.lower = events;
  }
}

function burstResult(
  { lower, upper, limit }: BurstBounds,
  bursts: readonly BurstResult[],
  endedBy: SearchEnd,
): BurstSearchResult {
  const atLimit = bursts.findLast(({ events, outcome }) => events === limit && outcome === 'invalid');
  const reasons: string[] = [];
  if (endedBy === 'time') reasons.push('Its time was used up');
  if (endedBy === 'stopped') reasons.push('It was stopped before its end');
  if (lower === null) reasons.push('No burst was borne each time');
  if (atLimit !== undefined) reasons.push(...atLimit.reasons.slice(0, 1));
  return {
    verdict: lower === null ? 'inconclusive' : upper === null ? 'at-least' : 'found',
    ...{ endedBy, lower, upper, reasons, bursts },
    lost: bursts.findLast(({ events, outcome }) => events === upper && outcome === 'bad')?.lost ?? [],
    limitedBy: upper === null ? (atLimit?.limit ?? null) : null,
  };
}
