import * as text from '../../src/shared/text.js';
import type { Environment } from '../environment.js';
import { factName, factText } from '../fact-text.js';
import type { BenchResult, Facts } from '../result.js';
import { casePairs, type Pair, scenarioPairs } from './pairs.js';

/** Facts about machine and versions that affect figures. */
const ENVIRONMENT: readonly (readonly [name: string, of: (environment: Environment) => string])[] = [
  ['CPU', ({ cpu }) => cpu],
  ['cores', ({ cores }) => text.count(cores)],
  ['memory', ({ memoryBytes }) => text.bytes(memoryBytes)],
  ['system', ({ system }) => system],
  ['kernel', ({ kernel }) => kernel],
  ['Node', ({ node }) => node],
  ['zeromq.js', ({ zeromqJs, libzmq }) => `${zeromqJs} (libzmq ${libzmq})`],
  ['better-sqlite3', ({ betterSqlite3, sqlite }) => `${betterSqlite3} (SQLite ${sqlite})`],
  [
    'Python',
    ({ python }) =>
      python === null ? 'none' : `${python.python}, pyzmq ${python.pyzmq} (libzmq ${python.libzmq})`,
  ],
];

/** Conditions with such names are measurements, so they always differ. */
const IS_MEASURED = /ceiling/i;

/** Sentences about differences between the conditions of the two results. */
export function otherConditions(results: Pair<BenchResult>): string[] {
  const { before, after } = results;
  return [
    ...difference('Other level', before.level, after.level),
    ...ENVIRONMENT.flatMap(([name, of]) =>
      difference(`Other ${name}`, of(before.environment), of(after.environment)),
    ),
    ...scenarioPairs(results).flatMap((pair) =>
      otherFacts(pair.after.name, { before: pair.before.conditions, after: pair.after.conditions }),
    ),
    ...casePairs(results).flatMap(({ scenario, before, after }) =>
      otherFacts(`${scenario.after.name}, ${after.id}`, {
        before: before.parameters,
        after: after.parameters,
      }),
    ),
  ];
}

function otherFacts(where: string, { before, after }: Pair<Facts>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => !IS_MEASURED.test(name))
    .flatMap((name) => {
      const of = (facts: Facts) => (name in facts ? factText(name, facts[name]) : 'not told');
      return difference(`${where}: other ${factName(name)}`, of(before), of(after));
    });
}

function difference(what: string, before: string, after: string): string[] {
  return before === after ? [] : [`${what}: ${before} before, ${after} after`];
}
