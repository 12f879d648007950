import type { TimeRange } from '../selection/time-ranges.js';
import * as expect from '../shared/expect.js';
import type { Archive } from '../timeline/archive.js';

/** Which part of a night is played again and again. */
export interface WindowSpec {
  readonly lengthS: number;
}

const MOST_BINS = 20_000;
/** The window is found to this share of its length. */
const BINS_A_WINDOW = 20;
const WINDOW = /^busiest:(.+)$/;

/** Parses `busiest:10s`. @throws TcsReplayError `BAD_OPTION` */
export function parseWindow(text: string, name: string): WindowSpec {
  const [, length] = WINDOW.exec(text.trim()) ?? [];
  if (length === undefined) throw expect.badOption(name, 'a window such as busiest:10s', text);
  return { lengthS: expect.durationS(`the length of ${name}`, length) };
}

/**
 * Finds the part of an archive with most events, by its activity: the same for the same archive.
 *
 * @returns undefined where no event has a time
 */
export async function busiestWindow(
  archive: Archive,
  { lengthS }: WindowSpec,
): Promise<TimeRange | undefined> {
  const spanS = archive.lastTimeS - archive.firstTimeS;
  if (!Number.isFinite(spanS)) return undefined;
  if (spanS <= lengthS) return { startS: archive.firstTimeS, endS: archive.firstTimeS + lengthS };
  const bins = Math.min(MOST_BINS, Math.ceil((BINS_A_WINDOW * spanS) / lengthS));
  const { fromS, toS, counts } = await archive.overview(bins);
  const binS = (toS - fromS) / counts.length;
  const width = Math.max(1, Math.round(lengthS / binS));
  let sum = counts.slice(0, width).reduce((all, each) => all + each, 0);
  let best = { sum, first: 0 };
  for (let first = 1; first + width <= counts.length; first++) {
    sum += counts[first + width - 1] - counts[first - 1];
    if (sum > best.sum) best = { sum, first };
  }
  const startS = fromS + best.first * binS;
  return { startS, endS: startS + lengthS };
}

/** Events a second of recorded time, on average; undefined where no event has a time. */
export async function meanRate(archive: Archive): Promise<number | undefined> {
  const { fromS, toS, counts } = await archive.overview(1);
  const spanS = toS - fromS;
  return spanS > 0 ? counts[0] / spanS : undefined;
}
