import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { LoadReport, Verdict } from '../../src/loadtest/load-report.js';
import { childrenOf } from '../support/children-of.js';
import { writeEvenNight } from '../support/even-night.js';
import { isAlive, untilEnded } from '../support/is-alive.js';
import { writeTopicsNight } from '../support/odd-night.js';
import {
  endAll,
  freePort,
  type Outcome,
  PythonSubscriber,
  RunningProgram,
  requirePython,
  runCli,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';
import { Receiver } from '../support/receiver.js';
import { skipWithoutSs } from '../support/skip-without-ss.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { zeroEventPage } from '../support/zero-event-page.js';

/** What each verdict ends with. A busy machine makes any of them inconclusive. */
const CODES: Readonly<Record<Verdict, number>> = { pass: 0, fail: 4, inconclusive: 5 };
const INTERRUPTED = 130;
/** So few that a busy machine can send them in time. */
const SHORT = ['--stage', '50:1s', '--drain', '60s'];
const LONG = ['--stage', '50:600s'];
const OWN = 2;

const folder = mkdtempSync(join(tmpdir(), 'tcs-loadtest-command-'));
const night = join(folder, 'night.db');
const text = join(folder, 'text.db');

const commandOf = (...args: string[]) => [
  ...['loadtest', night, '-u', 'tcp://127.0.0.1:*', '--wait-setup', '0'],
  ...args,
];
const loadtest = (...args: string[]): Promise<Outcome> => runCli(commandOf(...args));

/** A load test that goes on for long, with subscribers of its own, once it has sent events. */
async function underWay(...args: string[]) {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const receiver = Receiver.connected(url);
  const waits = ['-u', url, '--wait-subscribers', '1', '--subscriber', String(OWN)];
  const program = startCli(commandOf(...LONG, ...waits, ...args));
  await receiver.take(10);
  receiver.close();
  return program;
}

/** Reads a file of JUnit by a parser of XML: the test cases, each with its result. */
const PARSE_JUNIT = `
import json, sys, xml.etree.ElementTree as tree
print(json.dumps([[case.get('classname'), case.get('name'), [each.tag for each in case]]
    for case in tree.parse(sys.argv[1]).getroot().iter('testcase')]))
`;

async function parseJunit(
  file: string,
): Promise<[subscriber: string, condition: string, results: string[]][]> {
  const { code, stdout, stderr } = await new RunningProgram(requirePython(), ['-c', PARSE_JUNIT, file])
    .outcome;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

const WRONG_USAGES: [what: string, args: string[], says: RegExp][] = [
  [
    'a stage without a time',
    ['--stage', '200'],
    /^Expected --stage to be a rate and a time such as 1k:30s, .* got "200"$/,
  ],
  [
    'a stage of no rate',
    ['--stage', '0:1s'],
    /^Expected --stage to be rates from 0\.000001 to 1000000000, got "0:1s"$/,
  ],
  [
    'rates and speeds',
    ['--stage', '1k:3s', '--stage', '10x:3s'],
    /^Expected --stage to be all stages as rates .* got "10x:3s"; the first one is 1k:3s$/,
  ],
  [
    'a profile with stages',
    ['--stage', '1k:3s', '--profile', 'smoke'],
    /^--profile and --stage do not go together: a profile is a list of stages$/,
  ],
  [
    'an unknown profile',
    ['--profile', 'all'],
    /^Expected --profile to be smoke, load, stress, spike, soak or breakpoint, got "all"$/,
  ],
  [
    'stages in a search',
    ['--find-max', 'rate', '--stage', '1k:3s'],
    /^--find-max rate and --stage do not go together: the search chooses its loads itself$/,
  ],
  ['how to search, without a search', ['--hold', '5s'], /^--hold needs --find-max: /],
  [
    'an arrival with a speed',
    ['--stage', '2x:3s', '--arrival', 'even'],
    /^--arrival even and a speed in --stage do not go/,
  ],
  [
    'subscribers without a number',
    ['--subscriber', 'gui'],
    /^Expected the count of --subscriber "gui" to be a whole number/,
  ],
  [
    'an unknown key of a subscriber',
    ['--subscriber', '1,hmw=3'],
    /^Expected each key of --subscriber "1,hmw=3" to be name,/,
  ],
  [
    'a subscriber that leaves before it joins',
    ['--subscriber', '1,join=3s,leave=2s'],
    /^Expected leave of --subscriber ".*" to be later than join, got "2s"$/,
  ],
  [
    'two subscribers of one name',
    ['--subscriber', '1,name=gui', '--subscriber', '1,name=gui'],
    /^Expected names of --subscriber to be unique, got "gui", which occurs twice$/,
  ],
  [
    'an endpoint twice',
    ['--endpoint', 'a=tcp://127.0.0.1:6001', '--endpoint', 'b=tcp://127.0.0.1:6001'],
    /^Expected --endpoint to be an address that no other endpoint has, got "b=/,
  ],
  [
    'an endpoint without a name',
    ['--endpoint', 'tcp://*:6001'],
    /^Expected --endpoint to be NAME=URL such as gui=tcp/,
  ],
  [
    'a condition on nothing',
    ['--fail-if', 'lots>0'],
    /^Expected what --fail-if compares to be p50, .* got "lots"/,
  ],
  [
    'a condition without a unit',
    ['--fail-if', 'gui: p99>20'],
    /^Expected --fail-if to be p99 and a time with its unit/,
  ],
  [
    'a window of no kind',
    ['--window', '10s'],
    /^Expected --window to be a window such as busiest:10s, got "10s"$/,
  ],
  ['a runaway without a share', ['--runaway', 'tcs.a'], /^Expected --runaway to be a topic and its share, /],
  [
    'a fault of no kind',
    ['--fault', 'drp:1%'],
    /^Expected the kind of --fault "drp:1%" to be drop, .* got "drp"; did you mean drop\?$/,
  ],
  [
    'a fault after the end of the load',
    ['--stage', '50:1s', '--fault', 'restart@30s'],
    /^Expected the begin of --fault "restart@30s" to be before the load ends, at 1s, got "30s"$/,
  ],
  [
    'a log of faults without faults',
    ['--fault-log', 'faults.jsonl'],
    /^--fault-log needs --fault: there is nothing to list$/,
  ],
  ['no telescope', ['--amplify', '0'], /^Expected --amplify to be a whole number, 1 to 100, got "0"$/],
  ['an option of play', ['--speedup', '3'], /^unknown option '--speedup'/],
];

describe('the command loadtest', () => {
  before(() => {
    writeEvenNight(night, { events: 3000, ratePerS: 1000, fillBytes: 200 });
    writeFileSync(text, 'This is no database.');
  });
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('prints one JSON document, and exits by its verdict', async () => {
    const { code, stdout } = await loadtest(...SHORT, '--subscriber', '1', '--fail-if', 'lost>0', '--json');
    const report = JSON.parse(stdout) as LoadReport;
    assert.deepEqual([report.schema, report.endedBy], ['tcs-replay-loadtest/1', 'end']);
    assert.equal(code, CODES[report.verdict]);
    assert.deepEqual(
      report.conditions.map(({ condition, subscriber, outcome }) => [condition, subscriber, outcome]),
      [['lost>0', 'own-1', 'kept']],
    );
    assert.equal(`${JSON.stringify(report, null, 2)}\n`, stdout);
  });

  it('prints the verdict and its reasons first, and exits with 4 for a condition that was missed', async () => {
    const { code, stdout } = await loadtest(...SHORT, '--subscriber', '1', '--fail-if', 'received>0');
    const verdict = stdout.split(' ')[0].toLowerCase() as Verdict;
    assert(verdict === 'fail' || verdict === 'inconclusive', stdout);
    assert.equal(code, CODES[verdict]);
    assert.match(stdout, /^ {2}own-1: received>0: it was \d+$/m);
  });

  it('exits with 5 where nothing can be said, or 0 where that is accepted, and prints nothing with --quiet', async () => {
    const unknown = [...SHORT, '--fail-if', 'nobody: lost>0', '--quiet'];
    assert.deepEqual(await loadtest(...unknown), { code: 5, signal: null, stdout: '', stderr: '' });
    assert.equal((await loadtest(...unknown, '--accept-inconclusive')).code, 0);
  });

  for (const [what, args, says] of WRONG_USAGES)
    it(`says in one line what is wrong, and exits with 2: ${what}`, async () => {
      const { code, stdout, stderr } = await loadtest(...args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^error: [^\n]*\n$/);
      assert.match(stderr.trimEnd().replace('error: ', ''), says);
    });

  it('says which database it cannot read', async () => {
    const { code, stdout, stderr } = await runCli(['loadtest', text, ...SHORT]);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^error: Not a SQLite database: \S+text\.db/);
  });

  it('plays what can be read of damaged databases, tells what cannot be, and exits with 3 unless a verdict wins', async (context) => {
    const home = temporaryFolder(context);
    const [path, page] = [join(home, 'night.db'), join(home, 'page.html')];
    // What is missing is told where it would be played: near the start.
    writeTopicsNight(path, { events: 3000 });
    zeroEventPage(path, 0.1);
    writeFileSync(join(home, 'cut.db'), readFileSync(path).subarray(0, 50));
    const damaged = ['loadtest', home, '-u', 'tcp://127.0.0.1:*', '--wait-setup', '0', '--stage', '1k:4s'];
    const mixed = ['--amplify', '2', '--silence', 'tcs.dome.azimuth'];
    const accepting = [...damaged, ...mixed, '--accept-inconclusive', '--html', page, '--json'];
    const { code, stdout } = await runCli(accepting);
    const { load } = JSON.parse(stdout) as LoadReport;
    assert.deepEqual([code, load.damage.stretches, load.changes], [3, 1, []]);
    assert.deepEqual([load.damage.places[0].path, load.damage.places[0].table], [path, 'event']);
    assert.deepEqual(
      load.unreadable.map((each) => each.path),
      [join(home, 'cut.db')],
    );
    const section = /<section id="source">[\s\S]*?<\/section>/.exec(readFileSync(page, 'utf8'))?.[0] ?? '';
    assert.match(section, /unreadable rows: \S+night\.db, table event, rows \d+ to \d+/);
    assert.match(section, /cut\.db/);
    const missed = await runCli([...damaged, '--subscriber', '1', '--fail-if', 'received>0']);
    const verdict = missed.stdout.split(' ')[0].toLowerCase() as Verdict;
    assert.deepEqual([verdict === 'pass', missed.code], [false, CODES[verdict]]);
    assert.match(missed.stdout, /\nSource\n {2}damage {6}\d+ events? lost/);
  });

  it('says that nobody connected', async () => {
    const { code, stderr } = await loadtest(...SHORT, '--wait-subscribers', '1', '--wait-timeout', '1');
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: Expected 1 subscriber within 1s, found 0 at tcp:\/\/127\.0\.0\.1:\d+: start them/,
    );
  });

  it('does not pass where nothing was sent', async () => {
    for (const [selection, others] of [
      [['-t', 'tcs.nothing'], '; 3,000 events looked at, all of other topics than those asked for'],
      [['--night', '2001-01-01'], ''],
    ] as const) {
      const { code, stdout } = await loadtest(...SHORT, ...selection, '--json');
      const { verdict, reasons, load } = JSON.parse(stdout) as LoadReport;
      assert.deepEqual([code, verdict, load.sent], [5, 'inconclusive', 0]);
      assert.deepEqual(reasons, [`Nothing to play: there is no event of those asked for${others}`]);
    }
  });

  it('writes its page, and its conditions for continuous integration', {
    skip: skipWithoutPython(),
  }, async (context) => {
    const [page, junit] = ['page.html', 'junit.xml'].map((name) => join(temporaryFolder(context), name));
    const conditions = ['--fail-if', 'received>0', '--fail-if', 'g"u&i: lost>0', '--fail-if', 'lost>0'];
    const files = ['--html', page, '--junit', junit];
    const { stdout } = await loadtest(...SHORT, '--subscriber', '1', ...conditions, ...files, '--json');
    const { instrument } = JSON.parse(stdout) as LoadReport;
    const told = (result: string[]) => (instrument.isValid ? result : ['skipped']);
    assert.deepEqual(await parseJunit(junit), [
      ['instrument', 'the load is applied as intended', instrument.isValid ? [] : ['error']],
      ['own-1', 'received>0', told(['failure'])],
      ['g"u&i', 'lost>0', told(['error'])],
      ['own-1', 'lost>0', told([])],
    ]);
    assert.match(readFileSync(page, 'utf8'), /^<!doctype html>[\s\S]*<\/html>\s*$/i);
  });

  it('tells which file it cannot write, after the report and all that it can write', async (context) => {
    const written = join(temporaryFolder(context), 'page.html');
    const junit = join(folder, 'nowhere', 'junit.xml');
    const { code, stdout, stderr } = await loadtest(...SHORT, '--junit', junit, '--html', written, '--json');
    assert.equal(code, 1);
    assert.match(stderr, /error: Cannot write \S+nowhere\/junit\.xml: ENOENT: [^\n]*\n$/);
    assert.equal((JSON.parse(stdout) as LoadReport).endedBy, 'end');
    assert(existsSync(written));
  });

  it('tells how many events each fault has hit, and that they cannot be listed', {
    skip: !existsSync('/dev/full'),
  }, async () => {
    const faults = ['--fault', 'drop:3', '--fault', 'nan:100%@0.5s', '--fault-log', '/dev/full'];
    const { code, stdout, stderr } = await loadtest(...SHORT, ...faults);
    assert.equal(code, 1);
    assert.match(stdout, /^ {2}fault +events\n {2}drop:3 +3\n {2}nan:100%@0\.5s +\d+$/m);
    assert.match(stderr, /^error: Cannot write a log of faults to \/dev\/full: ENOSPC: .*\n$/m);
  });

  it('does not replace a file that is no log of faults', async (context) => {
    const other = join(temporaryFolder(context), 'notes.txt');
    writeFileSync(other, 'mine');
    const { code, stderr } = await loadtest(...SHORT, '--fault', 'drop:3', '--fault-log', other);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: Expected --fault-log to be a new file, or a log of faults to replace, got /,
    );
    assert.equal(readFileSync(other, 'utf8'), 'mine');
  });

  it('prints what was measured when it is interrupted, and leaves no process', async () => {
    const program = await underWay('--json');
    program.kill('SIGINT');
    const { code, stdout } = await program.outcome;
    const { endedBy, verdict, load, subscribers, reasons } = JSON.parse(stdout) as LoadReport;
    assert.deepEqual([code, endedBy, verdict], [INTERRUPTED, 'signal', 'inconclusive']);
    assert.deepEqual(reasons.at(0), 'It was stopped before the end of the load');
    assert(load.sent >= 10);
    const own = subscribers.filter(({ kind }) => kind !== 'foreign');
    assert.equal(own.length, OWN + 1);
    for (const { pid, received, name } of own) {
      assert(received !== null && received > 0, name);
      assert.equal(isAlive(pid as number), false, name);
    }
  });

  it('leaves no process when it is killed', {
    skip: process.platform !== 'linux' && 'only Linux lists children',
  }, async () => {
    const program = await underWay('--quiet');
    const children = childrenOf(program.pid as number);
    // A shell that asks for connections is another one.
    assert(children.length >= OWN + 1);
    program.kill('SIGKILL');
    await Promise.all(children.map(untilEnded));
  });

  it('ends where a subscriber has no room for too long, names it, and exits with 4', {
    skip: skipWithoutSs() || skipWithoutPython(),
  }, async (context) => {
    const large = join(temporaryFolder(context), 'large.db');
    writeEvenNight(large, { events: 2000, ratePerS: 1000, fillBytes: 20_000 });
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const stopped = await PythonSubscriber.start(url, { highWaterMark: 10, holdAfter: 20 });
    const blocks = [
      '--on-full',
      'block',
      '--block-timeout',
      '2',
      '--hwm',
      '10',
      '--drain',
      '0',
      '--linger',
      '0',
    ];
    const load = [
      '--stage',
      '500:600s',
      '--wait-subscribers',
      '1',
      ...blocks,
      '--fail-if',
      'lost>0',
      '--json',
    ];
    const { code, stdout } = await runCli(['loadtest', large, '-u', url, '--wait-setup', '0', ...load]);
    stopped.kill();
    const { endedBy, verdict, conditions, reasons } = JSON.parse(stdout) as LoadReport;
    assert.deepEqual([code, endedBy, verdict], [4, 'blocked', 'fail']);
    assert.match(reasons[0], /^127\.0\.0\.1:\d+.*: it had no room for events for 2s$/);
    const [blocked, lost] = conditions;
    assert.deepEqual(
      [blocked.condition, blocked.outcome, lost.outcome],
      ['block-timeout>2s', 'missed', 'unknown'],
    );
    assert.match(
      blocked.subscriber,
      new RegExp(`^127\\.0\\.0\\.1:\\d+ \\(python3, process ${stopped.pid}\\)$`),
    );
  });
});
