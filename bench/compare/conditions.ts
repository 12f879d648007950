import * as text from '../../src/shared/text.js';
import type { Environment } from '../environment.js';
import { factName, factText } from '../fact-text.js';
import type { BenchResult, Facts } from '../result.js';
import { casePairs, type Pair, scenarioPairs } from './pairs.js';

/** What of the machine and the versions changes figures. */
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

/** These are measured along with everything else: they are never twice the same. */
const IS_MEASURED = /ceiling/i;

/** In what the two were measured differently, in sentences. */
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
