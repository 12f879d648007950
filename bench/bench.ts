import { writeFileSync } from 'node:fs';
import { parse } from 'node:path';
import { topicMatcher } from '../src/selection/topic-pattern.js';
import { badOption } from '../src/shared/expect.js';
import { cachePath, removeCache } from './cache.js';
import { compare, regressionsPast } from './compare/compare.js';
import type { Comparison } from './compare/comparison.js';
import { comparisonReport } from './compare/comparison-report.js';
import { readResult } from './compare/read-result.js';
import { histogramLog } from './histogram-log.js';
import { measureInRounds } from './measure-in-rounds.js';
import { reportPage } from './report/report-page.js';
import type { BenchResult, Level } from './result.js';
import type { Scenario } from './scenario.js';
import { atLevel } from './settings.js';
import { tell } from './tell.js';
import { report } from './terminal/report.js';
import { trialLine } from './terminal/trial-line.js';
import { untilStopped } from './until-stopped.js';

/** The flags of the command line; see `main.ts` for their meanings and defaults. */
export interface BenchFlags {
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly runs?: number;
  readonly case?: readonly string[];
  readonly events?: number;
  readonly seconds?: number;
  readonly hwm?: number;
  readonly json?: string;
  readonly html?: string;
  readonly compare?: string;
  readonly failPast?: number;
  readonly load?: string;
  readonly clean?: boolean;
}

const DONE = 0;
const FAILED = 1;
const THRESHOLD_MISSED = 4;
/** A file name that stands for standard output. */
const OUTPUT = '-';

/**
 * Measures the scenarios, or loads a kept result, and writes, prints and compares the outcome.
 *
 * @returns the exit code; undefined where a signal stopped the benchmark and none was set
 * @throws TcsReplayError `BAD_OPTION` for a file that is not a result, or a `--case` that names no case
 */
export async function bench(scenarios: readonly Scenario[], flags: BenchFlags): Promise<number | undefined> {
  if (flags.clean === true) {
    removeCache();
    tell(`Removed ${cachePath()}`);
    return DONE;
  }
  if (flags.failPast !== undefined && flags.compare === undefined)
    throw badOption('--fail-past', 'given with --compare', 'no --compare');
  // Read it first: a bad file must fail before minutes are spent on measuring.
  const before = flags.compare === undefined ? undefined : readResult(flags.compare);
  const result =
    flags.load === undefined
      ? await untilStopped((signal) => measure(scenarios, flags, signal))
      : readResult(flags.load);
  if (result === undefined) return Number(process.exitCode);
  const comparison = before && compare(before, result);
  write(result, comparison, flags);
  if (result.scenarios.some(({ cases }) => cases.some(({ summary }) => summary.invalid > 0))) return FAILED;
  const worse =
    comparison === undefined || flags.failPast === undefined
      ? []
      : regressionsPast(comparison, flags.failPast);
  return worse.length > 0 ? THRESHOLD_MISSED : DONE;
}

function measure(
  scenarios: readonly Scenario[],
  flags: BenchFlags,
  signal: AbortSignal,
): Promise<BenchResult> {
  const { quick, full, case: patterns = [], events, seconds, hwm } = flags;
  const level: Level = quick === true ? 'quick' : full === true ? 'full' : 'default';
  const isWanted = topicMatcher(patterns);
  return measureInRounds(scenarios, {
    ...{ level, events, seconds, highWaterMark: hwm, signal },
    runs: flags.runs ?? atLevel(level, { quick: 3, default: 5, full: 5 }),
    wants: isWanted,
    onMake: (what) => tell(`Making ${what}`),
    onStep: (step) => tell(`  ${step}`),
    onTrial: (trial, which) => tell(trialLine(trial, which)),
  });
}

function write(result: BenchResult, comparison: Comparison | undefined, { json, html }: BenchFlags): void {
  if (json !== undefined) {
    const document = `${JSON.stringify(result)}\n`;
    if (json === OUTPUT) process.stdout.write(document);
    else {
      writeFileSync(json, document);
      const { dir, name } = parse(json);
      writeFileSync(`${dir === '' ? '.' : dir}/${name}.hlog`, histogramLog(result));
    }
  }
  if (html !== undefined) writeFileSync(html, reportPage(result, comparison));
  if (json !== OUTPUT) process.stdout.write(report(result));
  if (comparison !== undefined) {
    const told = comparisonReport(comparison);
    if (json === OUTPUT) process.stderr.write(told);
    else process.stdout.write(`\n${told}`);
  }
}
