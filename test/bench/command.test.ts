import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chooseReceiver } from '../../bench/receiver-choice.js';
import { type BenchResult, type CaseResult, SCHEMA, type Trial } from '../../bench/result.js';
import { endAll, type Outcome, RunningProgram, runHosted } from '../support/peer.js';

const BENCH = fileURLToPath(new URL('../../bench/main.js', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../../../package.json', import.meta.url));
const EVENTS = 2000;
/** So many that libzmq cannot hand each on before the next one comes. */
const MANY_EVENTS = 5000;
const TIMEOUT_MS = 300_000;
const SHORT = ['end-to-end', '--quick', '--runs', '1', '--case', 'ours'];

const folder = mkdtempSync(join(tmpdir(), 'tcs-bench-command-'));
/** Of the programs that measure: the benchmark's cache is in here, and nothing else stays. */
const temporary = join(folder, 'temporary');
mkdirSync(temporary);
process.env.TMPDIR = temporary;
const { language, reason } = chooseReceiver();
process.env.TMPDIR = folder;

after(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

function start(args: readonly string[]): RunningProgram {
  return new RunningProgram(process.execPath, [BENCH, ...args], {
    ...{ timeoutMs: TIMEOUT_MS, env: { TMPDIR: temporary } },
  });
}

function bench(args: readonly string[]): Promise<Outcome> {
  return start(args).outcome;
}

/** Measures nothing, so that it needs no process of its own. */
function load(path: string, ...args: readonly string[]): Promise<Outcome> {
  return runHosted(BENCH, ['--load', path, ...args]);
}

function inFolder(name: string): string {
  return join(folder, name);
}

function read(path: string): BenchResult {
  return JSON.parse(readFileSync(path, 'utf8')) as BenchResult;
}

function write(name: string, result: unknown): string {
  const path = inFolder(name);
  writeFileSync(path, JSON.stringify(result));
  return path;
}

/** Nothing of a run is left but what is kept for the next one, and no program still runs. */
function assertNothingLeft(): void {
  const names = readdirSync(temporary);
  assert(names.length <= 1 && names.every((name) => name.startsWith('tcs-replay-bench-')), names.join());
  for (const name of names.flatMap((each) => readdirSync(join(temporary, each))))
    assert.match(name, /^(night-[\w-]+\.(db|frames|digest)|(subscriber|publisher)-\w+)$/);
  assert.deepEqual(programsOfBench(), []);
}

/** Those that were given the folder for what is temporary: empty where there is no Linux `/proc`. */
function programsOfBench(): string[] {
  const ids = existsSync('/proc/self/environ')
    ? readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    : [];
  return ids.filter((id) => {
    try {
      return readFileSync(`/proc/${id}/environ`, 'latin1').split('\0').includes(`TMPDIR=${temporary}`);
    } catch {
      // Of another user, or it has just ended.
      return false;
    }
  });
}

const skip = language === 'C' ? false : `no receiver in C: ${reason}`;
describe('the benchmark, as a user runs it', { skip }, () => {
  const [json, html] = [inFolder('first.json'), inFolder('first.html')];
  let first: Outcome;
  before(async () => {
    first = await bench([...SHORT, '--events', String(EVENTS), '--json', json, '--html', html]);
  });

  it('shows tables, tells how far it is beside them, and leaves nothing else', () => {
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^Benchmark of tcs-replay, level quick: 1 round in /);
    assert.match(first.stdout, /^End to end$/m);
    assert.match(first.stdout, /│ ours +│/);
    assert.match(first.stderr, /^Making .*night-v1-seed1-2000x16\.db$/m);
    assert.match(first.stderr, /^(\d) of \1 · end-to-end · ours: [\d,]+ events\/s$/m);
    assert.doesNotMatch(first.stdout, /Making| · end-to-end · /);
    assertNothingLeft();
  });

  it('writes the result as JSON, its histograms beside it, and as a page', () => {
    const { schema, level, runs, scenarios, environment } = read(json);
    assert.deepEqual([schema, level, runs], [SCHEMA, 'quick', 1]);
    assert.equal(environment.node, process.versions.node);
    const [{ name, cases, conditions }] = scenarios;
    assert.deepEqual([scenarios.length, name, conditions.events], [1, 'end-to-end', EVENTS]);
    const ours = oursOf(read(json));
    assert.equal(ours.trials[0].state, 'valid');
    assert.equal(ours.summary.figures.eventsPerS?.median, ours.trials[0].figures.eventsPerS);
    // The peer comes as well where it can run: ours is seen beside it.
    assert.deepEqual(
      cases.map(({ id }) => id),
      ours.reference === null ? ['ours'] : ['peer', 'ours'],
    );
    assert.match(readFileSync(inFolder('first.hlog'), 'utf8'), /^#/);
    const page = readFileSync(html, 'utf8');
    assert.match(page, /^<!doctype html>/i);
    assert.match(page, /End to end[\s\S]*>ours</);
  });

  it('prints nothing but the document where that goes to the output', async () => {
    const { code, stdout, stderr } = await load(json, '--compare', json, '--json', '-');
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), read(json));
    assert.match(stderr, /unknown/i, 'the comparison goes where progress does');
  });

  it('tells nothing from a single round, and no difference between equal ones', async () => {
    const single = await load(json, '--compare', json, '--fail-past', '0');
    assert.equal(single.code, 0, single.stderr);
    assert.match(single.stdout, /unknown/i);
    const five = write('five.json', withRounds(read(json)));
    const several = await load(five, '--compare', five, '--fail-past', '0');
    assert.equal(several.code, 0, several.stderr);
    assert.match(several.stdout, /no difference/i);
    assert.doesNotMatch(several.stdout, /\bworse by\b/i);
  });

  it('fails past a limit where ours has become a fifth slower, and only if it is asked to', async () => {
    const five = write('before.json', withRounds(read(json)));
    const worse = write('worse.json', withRounds(read(json), 0.8));
    const told = await load(worse, '--compare', five);
    const failed = await load(worse, '--compare', five, '--fail-past', '10%');
    const allowed = await load(worse, '--compare', five, '--fail-past', '0.4');
    assert.deepEqual([told.code, failed.code, allowed.code], [0, 4, 0]);
    assert.match(told.stdout, /worse/);
    const better = await load(five, '--compare', worse, '--fail-past', '10%');
    assert.equal(better.code, 0);
    assert.match(better.stdout, /better/);
  });

  it('tells what is lost, and fails, measured or taken from a file', async () => {
    const args = [...SHORT, '--events', String(MANY_EVENTS), '--hwm', '1', '--json', '-'];
    const { code, stdout, stderr } = await bench(args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, / · end-to-end · ours: INVALID: received \d+ of \d+ events/);
    const result = JSON.parse(stdout) as BenchResult;
    const { summary, trials } = oursOf(result);
    assert.deepEqual([summary.valid, summary.invalid, summary.figures.eventsPerS], [0, 1, null]);
    assert.equal(trials[0].state, 'invalid');
    const { expected, received, lost } = trials[0].counts!;
    assert(lost > 0);
    assert.deepEqual([expected, received + lost], [MANY_EVENTS, MANY_EVENTS]);
    const loaded = await load(write('lost.json', result));
    assert.equal(loaded.code, 1);
    assert.match(loaded.stdout, /^ours, round 1: INVALID: received \d+ of \d+ events/m);
    assertNothingLeft();
  });

  it('ends at once when it is interrupted, with all of its programs', async () => {
    const program = start([...SHORT, '--runs', '1000', '--events', String(EVENTS), '--json', inFolder('no')]);
    await program.waitForOutput(/^1 of /m);
    if (process.platform === 'linux') assert(programsOfBench().includes(String(program.pid)));
    program.kill('SIGINT');
    const { code, stdout, stderr } = await program.outcome;
    assert.deepEqual([code, stdout, existsSync(inFolder('no'))], [130, '', false]);
    assert.doesNotMatch(stderr, /error/i);
    assertNothingLeft();
  });

  it('leaves no part of a night where it is interrupted while it makes that', async () => {
    const program = start([...SHORT, '--events', '2000000']);
    await program.waitForOutput(/^Making /m);
    program.kill('SIGINT');
    const { code, stdout } = await program.outcome;
    assert.deepEqual([code, stdout], [130, '']);
    assertNothingLeft();
  });

  it('refuses a case that there is none of, and says which there are', async () => {
    const { code, stdout, stderr } = await bench([
      ...['end-to-end', '--quick', '--events', String(EVENTS), '--case', 'our'],
    ]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(
      stderr,
      /^error: Expected --case to name cases of end-to-end, found none of that name; there are .*"ours" · "1 worker"/m,
    );
  });

  it('removes what it has kept', async () => {
    assert.equal(readdirSync(temporary).length, 1);
    const { code, stdout, stderr } = await bench(['--clean']);
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /^Removed .*tcs-replay-bench-/);
    assert.deepEqual(readdirSync(temporary), []);
  });
});

const USAGE: Record<string, [args: string[], told: RegExp]> = {
  'a scenario that there is none of': [['end-to-edn'], /"end-to-edn"; did you mean end-to-end\?/],
  'two levels': [['--quick', '--full'], /'--quick' cannot be used with option '--full'/],
  'an option that there is none of': [['--quik'], /unknown option '--quik'/],
  'no rounds': [['--runs', '0'], /--runs.* got "?0/],
  'too small a night': [['--events', '5'], /--events.* got "?5/],
  'a limit, and nothing to compare with': [
    ['--fail-past', '10%'],
    /^error: Expected --fail-past to be given with --compare, got/,
  ],
  'a limit that is no share': [['--fail-past', 'x%', '--compare', PACKAGE], /--fail-past.*"x"/],
  'a comparison with what is no result': [
    ['--compare', PACKAGE],
    /^error: Expected .*package\.json to be a result of the benchmark \(tcs-replay-bench\/1, .*found other JSON/,
  ],
  'a comparison with what is no JSON': [['--compare', BENCH], /^error: Expected .*main\.js .*found no JSON/],
  'a result that is not there': [['--load', inFolder('none.json')], /^error: Expected .*none\.json .*ENOENT/],
};
describe('the usage of the benchmark', () => {
  for (const [what, [args, told]] of Object.entries(USAGE)) {
    it(`refuses ${what}`, async () => {
      const { code, stdout, stderr } = await runHosted(BENCH, args);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, told);
    });
  }
});

it('says what there is to measure, with --help', async () => {
  const { code, stdout } = await runHosted(BENCH, ['--help']);
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}end-to-end +How many events a second/m);
});

function oursOf({ scenarios }: BenchResult): CaseResult {
  const found = scenarios[0].cases.find(({ id }) => id === 'ours');
  assert(found !== undefined);
  return found;
}

/** The same result, of five rounds that scatter by 1 %; rates of ours are multiplied, and what they cost is divided. */
function withRounds(result: BenchResult, factor = 1): BenchResult {
  return {
    ...{ ...result, runs: 5 },
    scenarios: result.scenarios.map((scenario) => ({
      ...scenario,
      cases: scenario.cases.map((each) => ({
        ...each,
        trials: [1, 0.99, 1.01, 0.995, 1.005].map((noise, i) =>
          scaled(each.trials[0], i + 1, noise * (each.subject === 'ours' ? factor : 1)),
        ),
      })),
    })),
  };
}

function scaled(trial: Trial, run: number, factor: number): Trial {
  const figures = Object.entries(trial.figures).map(([name, value]) => {
    if (value === null) return [name, null];
    return [name, name.endsWith('PerS') ? value * factor : value / factor];
  });
  return { ...trial, run, figures: Object.fromEntries(figures) };
}
