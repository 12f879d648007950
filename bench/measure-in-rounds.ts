import { performance } from 'node:perf_hooks';
import { messageOf, TcsReplayError } from '../src/shared/errors.js';
import { referenceOf, summaryOf } from './case-summary.js';
import { describeEnvironment } from './environment.js';
import { histogramData } from './percentiles.js';
import {
  type BenchResult,
  type CaseResult,
  HISTOGRAM_NAMES,
  SCHEMA,
  type ScenarioResult,
  type Trial,
} from './result.js';
import type { Case, Measured, Prepared, Scenario } from './scenario.js';
import type { Settings } from './settings.js';
import { TimeLeft } from './time-left.js';

export interface RoundsOptions extends Settings {
  /** Number of rounds, which is the number of trials of each case. */
  readonly runs: number;
  /** Called after each trial. */
  readonly onTrial: (trial: Trial, which: TrialInfo) => void;
}

/** Identifies a trial. */
export interface TrialInfo {
  readonly scenario: Scenario;
  readonly case: Case;
  /** Estimated seconds until the last trial ends, from what each case took so far. */
  readonly leftS: number;
  /** Number of the trial among all planned ones, from 1. */
  readonly number: number;
  readonly of: number;
}

interface Ready {
  readonly scenario: Scenario;
  readonly prepared: Prepared;
  readonly cases: readonly { readonly case: Case; readonly trials: Trial[] }[];
}

/**
 * Measures all cases of the scenarios in rounds: each case once, then all again. Whatever makes the machine
 * slower or faster for a while then affects all cases, and shows in the range of each.
 *
 * @throws Error if something is missing that a scenario needs; the reason of `signal` if it is aborted
 */
export async function measureInRounds(
  scenarios: readonly Scenario[],
  options: RoundsOptions,
): Promise<BenchResult> {
  const { runs, level, signal } = options;
  const environment = describeEnvironment();
  const ready: Ready[] = [];
  try {
    for (const scenario of scenarios) ready.push(await prepared(scenario, options));
    if (ready.every(({ cases }) => cases.length === 0)) {
      const known = ready.flatMap(({ prepared }) => prepared.cases.map(({ id }) => JSON.stringify(id)));
      throw new TcsReplayError(
        'BAD_OPTION',
        `Expected --case to name cases of ${scenarios.map(({ name }) => name).join(', ')}, found none of that name` +
          (known.length === 0 ? '' : `; there are ${known.join(' · ')}; * and ? are wild`),
      );
    }
    const startedMs = performance.now();
    await allRounds(ready, startedMs, options);
    signal.throwIfAborted();
    return {
      ...{ schema: SCHEMA, level, runs, durationS: (performance.now() - startedMs) / 1000, environment },
      scenarios: ready.map(resultOf),
    };
  } finally {
    for (const { prepared } of ready) prepared.close?.();
  }
}

async function prepared(scenario: Scenario, settings: Settings): Promise<Ready> {
  const prepared = await scenario.prepare(settings);
  settings.signal.throwIfAborted();
  const wanted = prepared.cases.filter(({ id }) => settings.wants(id));
  // A case says little without its case of reference.
  const references = wanted.flatMap((each) => referenceOf(each, prepared.cases) ?? []);
  const cases = prepared.cases.filter((each) => wanted.includes(each) || references.includes(each));
  return { scenario, prepared, cases: cases.map((each) => ({ case: each, trials: [] })) };
}

async function allRounds(
  ready: readonly Ready[],
  startedMs: number,
  { runs, signal, onTrial }: RoundsOptions,
): Promise<void> {
  const of = runs * ready.reduce((sum, { cases }) => sum + cases.length, 0);
  const left = new TimeLeft(
    ready.flatMap(({ cases }) => cases.map((each) => each.case)),
    runs,
  );
  let number = 0;
  for (let run = 1; run <= runs; run++) {
    for (const { scenario, cases } of ready) {
      for (const { case: each, trials } of cases) {
        const startedS = (performance.now() - startedMs) / 1000;
        const measured = await attempt(each);
        signal.throwIfAborted();
        const trial = { run, startedS, ...trialOf(measured) };
        trials.push(trial);
        number += 1;
        const tookS = (performance.now() - startedMs) / 1000 - startedS;
        left.ended(each, tookS);
        onTrial(trial, { scenario, case: each, number, of, leftS: left.s });
      }
    }
  }
}

async function attempt(each: Case): Promise<Measured> {
  try {
    return await each.measure();
  } catch (error) {
    return { reasons: [messageOf(error)], figures: {} };
  }
}

type Outcome =
  | { readonly state: 'valid' }
  | { readonly state: 'invalid'; readonly reasons: readonly string[] };

function trialOf(measured: Measured): Outcome & Omit<Trial, 'run' | 'startedS' | 'state' | 'reasons'> {
  const { reasons, counts = null, targetPerS = null, achievedPerS = null, figures, course = [] } = measured;
  const histograms: Record<string, ReturnType<typeof histogramData>> = {};
  for (const name of HISTOGRAM_NAMES) {
    const histogram = measured.histograms?.[name];
    if (histogram !== undefined) histograms[name] = histogramData(histogram);
  }
  const outcome: Outcome = reasons.length === 0 ? { state: 'valid' } : { state: 'invalid', reasons };
  return { ...outcome, counts, targetPerS, achievedPerS, figures, histograms, course };
}

function resultOf({ scenario, prepared, cases }: Ready): ScenarioResult {
  const { name, title, question, figures, charts } = scenario;
  const measured = cases.map(({ case: { id, subject, parameters, reference }, trials }) => ({
    ...{ id, subject, parameters, reference, trials },
  }));
  const results: CaseResult[] = measured.map((each) => ({
    ...each,
    summary: summaryOf(
      figures.map((figure) => figure.name),
      each.trials,
      referenceOf(each, measured)?.trials,
    ),
  }));
  const { conditions, notes } = prepared;
  return { name, title, question, figures, charts, conditions, notes, cases: results };
}
