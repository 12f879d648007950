import type { BenchResult, CaseResult, FigureInfo, ScenarioResult } from '../result.js';

/** The same thing in both results. */
export interface Pair<T> {
  readonly before: T;
  readonly after: T;
}

/** A case that both results have. */
export interface CasePair extends Pair<CaseResult> {
  readonly scenario: Pair<ScenarioResult>;
  /** Compared figures that both results have. */
  readonly figures: readonly FigureInfo[];
}

/** Paired by name, in the order of the later result. */
export function scenarioPairs({ before, after }: Pair<BenchResult>): Pair<ScenarioResult>[] {
  return paired(before.scenarios, after.scenarios, ({ name }) => name);
}

export function casePairs(results: Pair<BenchResult>): CasePair[] {
  return scenarioPairs(results).flatMap((scenario) => {
    const figures = paired(
      comparedFigures(scenario.before),
      comparedFigures(scenario.after),
      ({ name }) => name,
    );
    return paired(scenario.before.cases, scenario.after.cases, ({ id }) => id).map((pair) => ({
      ...{ ...pair, scenario, figures: figures.map(({ after }) => after) },
    }));
  });
}

export function comparedFigures({ figures }: ScenarioResult): FigureInfo[] {
  return figures.filter(({ isCompared }) => isCompared);
}

function paired<T>(before: readonly T[], after: readonly T[], key: (each: T) => string): Pair<T>[] {
  const byKey = new Map(before.map((each) => [key(each), each]));
  return after.flatMap((each) => {
    const other = byKey.get(key(each));
    return other === undefined ? [] : { before: other, after: each };
  });
}
