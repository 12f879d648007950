import type { TimeBins } from '../../database/places/time-bins.js';
import type { RowRange } from '../../database/rows.js';
import type { SourceSurvey } from '../../sources/source.js';
import type { Archive } from '../../timeline/archive.js';
import { MOST_TASKS, type SurveyPace } from './survey-pace.js';

/** A part of a recording that is surveyed. */
export interface SurveyPart {
  readonly survey: SourceSurvey;
  readonly rows: RowRange;
  readonly path: string;
  /** Its number among all parts, in order of time. */
  readonly number: number;
}

/** Places of the whole at which events are read for a first picture. */
const SAMPLES = 512;

/**
 * The parts of all recordings that can hold events of a stretch of time, in such an order that the first ones lie evenly all over it, and
 * each further one halves a gap.
 */
export async function surveyParts(archive: Archive, { fromS, toS }: TimeBins): Promise<SurveyPart[]> {
  const ofSources = await Promise.all(
    archive.played
      .filter(({ firstTimeS, lastTimeS }) => !(firstTimeS > toS || lastTimeS < fromS))
      .map(async (source) => {
        const survey = await source.survey?.();
        const parts = (await survey?.parts(fromS, toS)) ?? [];
        return parts.map((rows) => ({ survey: survey as SourceSurvey, rows, path: source.name }));
      }),
  );
  const parts = ofSources.flat().map((part, number) => ({ ...part, number }));
  return bisected(parts);
}

/** Number of places of each part at which events are read for a first picture. @param parts all of them */
export function samplesAPart({ length }: readonly SurveyPart[]): number {
  return Math.ceil(SAMPLES / length);
}

/** Does something with each part, when it is its turn. @throws what `act` throws first; the reason of the signal */
export async function forEachPart(
  parts: readonly SurveyPart[],
  pace: SurveyPace,
  signal: AbortSignal,
  act: (part: SurveyPart) => Promise<void>,
): Promise<void> {
  const queue = parts.values();
  const work = async () => {
    for (const part of queue) await pace.do(signal, () => act(part));
  };
  await Promise.all(Array.from({ length: MOST_TASKS }, work));
}

/** The same items: the middle one first, then those of both halves in turn. */
export function bisected<T>(items: readonly T[]): T[] {
  const order: T[] = [];
  const stretches: [first: number, end: number][] = [[0, items.length]];
  for (let at = 0; at < stretches.length; at++) {
    const [first, end] = stretches[at];
    if (first >= end) continue;
    const middle = (first + end) >> 1;
    order.push(items[middle]);
    stretches.push([first, middle], [middle + 1, end]);
  }
  return order;
}
