/** Results of a benchmark that was never run, for tests of what is made of results. */

import { referenceOf, summaryOf } from '../../bench/case-summary.js';
import type { Environment } from '../../bench/environment.js';
import {
  type BenchResult,
  type CaseInfo,
  type FigureInfo,
  type Measurement,
  SCHEMA,
  type ScenarioInfo,
  type ScenarioResult,
  type Trial,
} from '../../bench/result.js';

export const ENVIRONMENT: Environment = {
  ...{ date: '2026-11-22T19:18:21.683Z', tcsReplay: '0.1.0', commit: { id: 'f00d', isChanged: false } },
  ...{ node: '20.20.2', zeromqJs: '6.8.0', libzmq: '4.3.5', betterSqlite3: '12.11.1', sqlite: '3.53.2' },
  python: { python: '3.11.2', pyzmq: '24.0.1', libzmq: '4.3.4', sqlite: '3.40.1' },
  ...{
    cpu: 'AMD EPYC',
    cores: 2,
    memoryBytes: 25.3e9,
    system: 'linux x64',
    kernel: '6.18.44',
    loadBefore: 0.5,
  },
};

export const EVENTS_PER_S: FigureInfo = figure({ name: 'eventsPerS', title: 'events/s', unit: '1/s' });

export function figure(info: Partial<FigureInfo> & Pick<FigureInfo, 'name' | 'title' | 'unit'>): FigureInfo {
  return { better: 'higher', isCompared: true, isShown: true, ...info };
}

/** A case, and what its trials gave: figures of each round, or why one does not count. */
export interface SampleCase extends Partial<Omit<CaseInfo, 'id'>>, OfTrials {
  readonly id: string;
  readonly rounds: readonly (Measurement['figures'] | string)[];
}

/** The same in all of them. */
type OfTrials = Partial<Pick<Measurement, 'counts' | 'targetPerS' | 'histograms'>>;

export interface SampleScenario extends Partial<Omit<ScenarioResult, 'cases'>> {
  readonly name: string;
  readonly figures: ScenarioInfo['figures'];
  readonly cases: readonly SampleCase[];
}

export function benchResult(
  scenarios: readonly SampleScenario[],
  rest: Partial<BenchResult> = {},
): BenchResult {
  return {
    ...{ schema: SCHEMA, level: 'default', runs: 5, durationS: 754, environment: ENVIRONMENT },
    ...rest,
    scenarios: scenarios.map(scenarioResult),
  };
}

function scenarioResult({ cases, ...rest }: SampleScenario): ScenarioResult {
  const measured = cases.map(
    ({ id, subject = 'ours', parameters = {}, reference = null, ...each }, place) => ({
      ...{ id, subject, parameters, reference },
      trials: each.rounds.map((round, i) =>
        trialOf(round, i + 1, { ...each, startedS: i * cases.length + place }),
      ),
    }),
  );
  const names = rest.figures.map(({ name }) => name);
  return {
    ...{ title: rest.name, question: 'How fast is it?', charts: [], conditions: {}, notes: [], ...rest },
    cases: measured.map((each) => ({
      ...{ ...each, summary: summaryOf(names, each.trials, referenceOf(each, measured)?.trials) },
    })),
  };
}

function trialOf(
  round: SampleCase['rounds'][number],
  run: number,
  { startedS, counts = null, targetPerS = null, histograms = {} }: OfTrials & { startedS: number },
): Trial {
  const all = { run, startedS, counts, targetPerS, achievedPerS: targetPerS, histograms, course: [] };
  return typeof round === 'string'
    ? { ...all, state: 'invalid', reasons: [round], figures: {} }
    : { ...all, state: 'valid', figures: round };
}
