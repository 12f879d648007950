import { RangeCursor, type Silence, type TimeRange } from '../selection/time-ranges.js';
import { type SeekableSource, startOf } from '../sources/source.js';

/**
 * Estimates how many events several recordings have, by recorded time.
 *
 * @param ranges times that are played, sorted and disjoint; undefined: all are
 * @param bins number of parts that the time is divided into, 1 or more
 */
export async function overviewOf(
  sources: readonly SeekableSource[],
  ranges: readonly TimeRange[] | undefined,
  bins: number,
): Promise<Overview> {
  const timesS = sources.flatMap(({ firstTimeS, lastTimeS }) => [firstTimeS, lastTimeS]);
  const knownS = timesS.filter((timeS) => !Number.isNaN(timeS));
  const fromS = Math.max(Math.min(...knownS), ranges?.[0]?.startS ?? Number.NEGATIVE_INFINITY);
  const toS = Math.min(Math.max(...knownS), ranges?.at(-1)?.endS ?? Number.POSITIVE_INFINITY);
  const counts = new Array<number>(bins).fill(0);
  if (knownS.length === 0 || toS < fromS) return { fromS: Number.NaN, toS: Number.NaN, counts };
  const edgesS = Array.from({ length: bins }, (_, i) => fromS + (i * (toS - fromS)) / bins);
  // Events of a log that are out of order may lie a little outside: they count for the first and the last bin.
  edgesS[0] = -Number.MAX_VALUE;
  const boundsS = ranges?.flatMap(({ startS, endS }) => [startS, endS]).filter(Number.isFinite) ?? [];
  const cutsS = Float64Array.from(new Set([...edgesS, ...boundsS, Number.MAX_VALUE])).sort();
  const ofSources = await Promise.all(sources.map((source) => source.countsBetween(cutsS)));
  const selected = ranges && new RangeCursor(ranges);
  for (let i = 0, bin = 0; i < cutsS.length - 1; i++) {
    while (bin < bins - 1 && cutsS[i] >= edgesS[bin + 1]) bin += 1;
    if (selected?.isWithin(cutsS[i]) === false) continue;
    for (const ofSource of ofSources) counts[bin] += ofSource[i];
  }
  return { fromS, toS, counts: counts.map(Math.round) };
}

/**
 * Finds the next silence that several recordings have in common.
 *
 * @param sources in order of time
 * @param fromS Unix seconds
 * @param minS least length, in seconds, above 0
 * @param signal ends the search with its reason
 * @returns undefined where there is no such silence
 */
export async function nextSilenceOf(
  sources: readonly SeekableSource[],
  fromS: number,
  minS: number,
  signal: AbortSignal | undefined,
): Promise<Silence | undefined> {
  // The time before the first event is no silence.
  let atS = Math.max(fromS, await firstFrom(sources, -Number.MAX_VALUE, Number.POSITIVE_INFINITY, signal));
  const own = new Map<SeekableSource, Silence>();
  while (atS < Number.POSITIVE_INFINITY) {
    const begun = sources.filter((source) => startOf(source) < atS + minS);
    await Promise.all(
      begun.map(async (source) => {
        const known = own.get(source);
        const isLeft = known !== undefined && known.toS - Math.max(atS, known.fromS) >= minS;
        own.set(source, isLeft ? known : await source.nextSilence(atS, minS, signal));
      }),
    );
    const silences = begun.map((source) => own.get(source) as Silence);
    const latestS = Math.max(atS, ...silences.map((silence) => silence.fromS));
    if (latestS === atS) {
      const endS = Math.min(Number.POSITIVE_INFINITY, ...silences.map((silence) => silence.toS));
      const others = sources.filter((source) => !begun.includes(source));
      const toS = await firstFrom(others, atS, endS, signal);
      return toS === Number.POSITIVE_INFINITY ? undefined : { fromS: atS, toS };
    }
    // A common silence does not begin before the latest of the sources' own.
    atS = latestS;
  }
  return undefined;
}

/**
 * Finds all silences that several recordings have in common. Parameters as for `nextSilenceOf`.
 *
 * @param most number of silences
 * @param longestMs time for the search
 * @returns in order of time; undefined where there are more, or the search would take longer
 */
export async function silencesOf(
  sources: readonly SeekableSource[],
  minS: number,
  { most, longestMs }: { readonly most: number; readonly longestMs: number },
): Promise<Silence[] | undefined> {
  const signal = AbortSignal.timeout(longestMs);
  const silences: Silence[] = [];
  let fromS = -Number.MAX_VALUE;
  while (silences.length < most) {
    try {
      const silence = await nextSilenceOf(sources, fromS, minS, signal);
      if (silence === undefined) return silences;
      silences.push(silence);
      fromS = silence.toS;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }
  return undefined;
}

/** Due time of the first played event from a time on; `endS` where no event is due before that. */
async function firstFrom(
  sources: readonly SeekableSource[],
  fromS: number,
  endS: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let firstS = endS;
  for (const source of sources) {
    if (startOf(source) >= firstS) break;
    const { toS } = await source.nextSilence(fromS, 0, signal);
    firstS = Math.min(firstS, toS);
  }
  return firstS;
}

/** How many events there are, by recorded time. */
export interface Overview {
  /** Due times of the first and the last event within the selection, in Unix seconds; NaN where no event has a time. */
  readonly fromS: number;
  readonly toS: number;
  /** Estimated number of events in each of equal parts of the time between them. */
  readonly counts: readonly number[];
}
