import * as text from '../../src/shared/text.js';
import { changeText } from '../figure-text.js';
import type { BenchResult, CaseResult } from '../result.js';
import type { ComparedFigure, MachineChange } from './comparison.js';
import { dependsOnSpeed } from './depends-on-speed.js';
import { BETWEEN_RUNS } from './machine-change.js';
import { otherConditions } from './other-conditions.js';
import { casePairs, comparedFigures, type Pair, scenarioPairs } from './pairs.js';

/** Sentences about what makes two results hard to compare. */
export function warningsOf(
  results: Pair<BenchResult>,
  machine: MachineChange | null,
  figures: readonly ComparedFigure[],
): string[] {
  return [
    ...otherConditions(results),
    ...machineLines(machine, figures),
    ...(['before', 'after'] as const).flatMap((side) => invalidLines(side, results[side])),
    ...onlyIn(
      'before',
      results.before.scenarios,
      results.after.scenarios,
      ({ name }) => `the scenario ${name}`,
    ),
    ...onlyIn(
      'after',
      results.after.scenarios,
      results.before.scenarios,
      ({ name }) => `the scenario ${name}`,
    ),
    ...scenarioPairs(results).flatMap(({ before, after }) => [
      ...onlyIn('before', before.cases, after.cases, ({ id }) => id, before.name),
      ...onlyIn('after', after.cases, before.cases, ({ id }) => id, before.name),
      ...onlyIn('before', comparedFigures(before), comparedFigures(after), ({ name }) => name, before.name),
      ...onlyIn('after', comparedFigures(after), comparedFigures(before), ({ name }) => name, before.name),
    ]),
    ...withoutFigures(results),
  ];
}

/** Says nothing about changes that are no larger than the difference of any two benchmarks. */
function machineLines(machine: MachineChange | null, figures: readonly ComparedFigure[]): string[] {
  const undivided = figures.some(({ reference, unit }) => reference === null && dependsOnSpeed(unit));
  if (machine === null) {
    return undivided
      ? ['The machine: no case of peer or limit is in both, so that nothing tells whether it was as fast']
      : [];
  }
  const { change, distance, scatter, cases } = machine;
  if (distance <= BETWEEN_RUNS) return [];
  const speed = `${changeText(Math.abs(change)).slice(1)} ${change < 0 ? 'slower' : 'faster'}`;
  const what = `The machine: peer and limit were ${speed} after than before (mean of ${text.counted(cases, 'case')})`;
  const noiseOf = (which: string, share: number) =>
    `the noise of what is ${which} has ${changeText(share)} in it`;
  const widened = [
    ...(scatter > BETWEEN_RUNS ? [noiseOf('divided by one of them', scatter)] : []),
    ...(undivided ? [noiseOf('not divided by one of them', distance)] : []),
  ];
  return [[what, ...widened].join('; ')];
}

function invalidLines(side: string, { scenarios }: BenchResult): string[] {
  return scenarios.flatMap(({ name, cases }) => {
    const trials = cases.flatMap((each) => each.trials);
    const invalid = trials.filter(({ state }) => state === 'invalid').length;
    return invalid === 0
      ? []
      : [`${name}: ${text.count(invalid)} of ${text.counted(trials.length, 'trial')} ${side} did not count`];
  });
}

function onlyIn<T>(
  side: 'before' | 'after',
  own: readonly T[],
  others: readonly T[],
  name: (each: T) => string,
  scenario?: string,
): string[] {
  const known = new Set(others.map(name));
  const missing = own.map(name).filter((each) => !known.has(each));
  const where = scenario === undefined ? '' : `${scenario}: `;
  return missing.length === 0 ? [] : [`${where}only ${side} has ${missing.join(' · ')}`];
}

/** Cases that both results have, but one of them without a valid trial. */
function withoutFigures(results: Pair<BenchResult>): string[] {
  const hasNone = ({ trials }: CaseResult) => trials.every(({ state }) => state === 'invalid');
  return casePairs(results)
    .filter(({ before, after }) => hasNone(before) || hasNone(after))
    .map(
      ({ scenario, after }) => `${scenario.after.name}: ${after.id} is not compared: no trial of it counts`,
    );
}
