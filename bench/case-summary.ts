import { mergedPercentiles } from './percentiles.js';
import {
  type CaseInfo,
  type CaseSummary,
  type Counts,
  HISTOGRAM_NAMES,
  type HistogramData,
  type Percentiles,
  type Trial,
} from './result.js';
import { spreadOfKnown } from './spread.js';

type ValidTrial = Extract<Trial, { state: 'valid' }>;

/**
 * Summarizes the trials of a case.
 *
 * @param figures names of all figures of the scenario
 * @param reference trials of the case of reference; undefined: there is no such case
 */
export function summaryOf(
  figures: readonly string[],
  trials: readonly Trial[],
  reference: readonly Trial[] | undefined,
): CaseSummary {
  const valid = trials.filter(isValid);
  const pairs = valid.flatMap((own) =>
    (reference ?? [])
      .filter(isValid)
      .filter(({ run }) => run === own.run)
      .map((other) => ({ own, other })),
  );
  const ofAll = <T>(of: (figure: string) => T) => Object.fromEntries(figures.map((name) => [name, of(name)]));
  return {
    valid: valid.length,
    invalid: trials.length - valid.length,
    counts: sumOf(trials.flatMap(({ counts }) => counts ?? [])),
    figures: ofAll((name) => spreadOfKnown(valid.map((trial) => trial.figures[name] ?? null))),
    ratios:
      reference === undefined
        ? {}
        : ofAll((name) =>
            spreadOfKnown(
              pairs.map(({ own, other }) => ratioOf(own.figures[name] ?? null, other.figures[name] ?? null)),
            ),
          ),
    histograms: histogramsOf(valid),
  };
}

/** The case that a case's figures are divided by; undefined where it has none, or it was not measured. */
export function referenceOf<T extends Pick<CaseInfo, 'id'>>(
  { reference }: Pick<CaseInfo, 'reference'>,
  cases: readonly T[],
): T | undefined {
  return reference === null ? undefined : cases.find(({ id }) => id === reference);
}

function isValid(trial: Trial): trial is ValidTrial {
  return trial.state === 'valid';
}

function ratioOf(own: number | null, other: number | null): number | null {
  return own === null || other === null || other <= 0 ? null : own / other;
}

/** The sum over several trials or subscribers; null if the list is empty. */
export function sumOf(counts: readonly Counts[]): Counts | null {
  if (counts.length === 0) return null;
  const sum = (of: (counts: Counts) => number) => counts.reduce((total, each) => total + of(each), 0);
  const looked = counts.flatMap(({ isContentRight }) => isContentRight ?? []);
  return {
    expected: sum(({ expected }) => expected),
    received: sum(({ received }) => received),
    lost: sum(({ lost }) => lost),
    outOfOrder: sum(({ outOfOrder }) => outOfOrder),
    isContentRight: looked.length === 0 ? null : looked.every((isRight) => isRight),
  };
}

function histogramsOf(trials: readonly ValidTrial[]): CaseSummary['histograms'] {
  const merged: [string, Percentiles][] = [];
  for (const name of HISTOGRAM_NAMES) {
    const kept: HistogramData[] = trials.flatMap(({ histograms }) => histograms[name] ?? []);
    if (kept.length > 0) merged.push([name, mergedPercentiles(kept)]);
  }
  return Object.fromEntries(merged);
}
