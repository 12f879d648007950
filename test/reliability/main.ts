/**
 * Tries the program's promises again and again, with a new seed each time: `npm run test:reliability -- --minutes 10`.
 * Prints what was gone through, as the table of docs/reliability.md.
 */
import { parseArgs } from 'node:util';
import { PROMISES } from './promises.js';
import type { ReliabilityPromise } from './reliability-promise.js';
import { runTrial } from './run-trial.js';

const HELP = `Usage: npm run test:reliability -- [--minutes N] [--seed N] [--only NAME]

  --minutes N   how long to go on; each promise is tried once at least (default: 5)
  --seed N      seed of the first round; each round adds one (default: 1)
  --only NAME   one promise: ${PROMISES.map(({ name }) => name).join(', ')}
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const [minutes, firstSeed] = [Number(values.minutes), Number(values.seed)];
const promises = PROMISES.filter(({ name }) => values.only === undefined || name === values.only);
if (values.help || !(minutes >= 0) || !Number.isSafeInteger(firstSeed) || promises.length === 0) {
  process.stderr.write(HELP);
  process.exit(values.help ? 0 : 2);
}

interface Result {
  readonly promise: ReliabilityPromise;
  trials: number;
  readonly counts: Map<string, number>;
  readonly failures: string[];
}

const results: Result[] = promises.map((promise) => ({
  promise,
  trials: 0,
  counts: new Map(),
  failures: [],
}));
const beganMs = performance.now();
const isTimeLeft = () => performance.now() - beganMs < 60_000 * minutes;
for (let seed = firstSeed; seed === firstSeed || isTimeLeft(); seed++) {
  for (const result of results) if (seed === firstSeed || isTimeLeft()) await tryOnce(result, seed);
}
process.stdout.write(tableOf(results));
process.exitCode = results.some(({ failures }) => failures.length > 0) ? 1 : 0;

async function tryOnce(result: Result, seed: number): Promise<void> {
  result.trials += 1;
  try {
    const counts = await runTrial(result.promise, seed);
    for (const [what, count] of Object.entries(counts))
      result.counts.set(what, (result.counts.get(what) ?? 0) + count);
    process.stderr.write(`${result.promise.name}, seed ${seed}: held\n`);
  } catch (error) {
    result.failures.push(String(seed));
    process.stderr.write(`${result.promise.name}, seed ${seed}: BROKEN: ${(error as Error).stack}\n`);
  }
}

function tableOf(all: readonly Result[]): string {
  const rows = all.map(({ promise: { says, method }, trials, counts, failures }) => {
    const gone = [...counts].map(([what, count]) => `${count.toLocaleString('en-US')} ${what}`).join(', ');
    const broken = failures.length === 0 ? 'none' : `seeds ${failures.join(', ')}`;
    return `| ${says} | ${method} | ${trials} | ${gone} | ${broken} |`;
  });
  return [
    '| promise | how it is tried | trials | gone through | broken |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
