/** The text report of a result, for the terminal. */
import * as text from '../../src/shared/text.js';
import { environmentLines, peerLine } from '../environment-lines.js';
import { factsText } from '../fact-text.js';
import type { BenchResult, CaseResult, ScenarioResult } from '../result.js';
import { verdict } from '../verdict.js';
import { caseTables } from './case-table.js';
import { outcome } from './trial-line.js';
import { wrapped } from './wrapped.js';

/** Lines, each with a line end, of at most 120 columns unless names are longer. */
export function report(result: BenchResult): string {
  const { level, runs, durationS, environment, scenarios } = result;
  const hasPeer = scenarios.some(({ cases }) => cases.some(({ subject }) => subject === 'peer'));
  const parts = [
    `Benchmark of tcs-replay, level ${level}: ${text.counted(runs, 'round')} in ${text.anySpan(durationS)}\n` +
      'Figures: the median of the trials that are valid, and their range',
    verdict(result).flatMap(wrapped).join('\n'),
    ...scenarios.map(section),
    [...environmentLines(environment), ...(hasPeer ? [peerLine(environment)] : [])]
      .flatMap(wrapped)
      .join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function section(scenario: ScenarioResult): string {
  const { title, question, conditions, notes, cases } = scenario;
  const facts = factsText(conditions);
  return [
    title,
    ...wrapped(question),
    ...(facts === '' ? [] : wrapped(facts)),
    ...caseTables(scenario),
    ...cases.flatMap((each) => invalidLines(each, scenario)).flatMap(wrapped),
    ...notes.flatMap(wrapped),
  ].join('\n');
}

function invalidLines({ id, trials }: CaseResult, { figures }: ScenarioResult): string[] {
  return trials
    .filter(({ state }) => state === 'invalid')
    .map((trial) => `${id}, round ${trial.run}: ${outcome(trial, figures)}`);
}
