/**
 * Searches the highest rate of made-up subscribers, of which it is known, and prints how often it is found: the table of docs/find-max.md.
 * `node dist/test/reliability/simulated-searches.js [SEARCHES] [SEED]`
 */
import {
  MODEL_KINDS,
  type ModelKind,
  type SimulatedSearch,
  simulatedSearch,
} from '../support/simulated-searches.js';

const [searches = 10_000, firstSeed = 1] = process.argv.slice(2).map(Number);
const perKind = Math.ceil(searches / MODEL_KINDS.length);

process.stdout.write(
  '| subscriber | searches | right | in the bracket | wrong | inconclusive | at least | time p50, p95 | trials |\n',
);
process.stdout.write('|---|---|---|---|---|---|---|---|---|\n');
for (const kind of MODEL_KINDS) process.stdout.write(`${await row(kind)}\n`);

async function row(kind: ModelKind): Promise<string> {
  const all: SimulatedSearch[] = [];
  for (let i = 0; i < perKind; i++) all.push(await simulatedSearch(kind, firstSeed + i));
  const share = (count: number) => `${((100 * count) / all.length).toFixed(1)}%`;
  const of = (judgement: string) => share(all.filter((each) => each.judgement === judgement).length);
  const times = all.map(({ result }) => result.tookS).sort((a, b) => a - b);
  const trials = all.reduce((sum, { result }) => sum + result.trials.length, 0) / all.length;
  const at = (part: number) => `${times[Math.floor(part * (times.length - 1))].toFixed(0)} s`;
  const cells = [
    ...[kind.name, String(all.length), of('right'), share(all.filter(({ isWithin }) => isWithin).length)],
    ...[
      of('wrong'),
      of('inconclusive'),
      share(all.filter(({ result }) => result.verdict === 'at-least').length),
    ],
    ...[`${at(0.5)}, ${at(0.95)}`, trials.toFixed(1)],
  ];
  return `| ${cells.join(' | ')} |`;
}
