import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LoadReport, ReplayOutcome } from '../../src/index.js';
import { writeTopicsNight } from '../support/odd-night.js';
import { type OddOutcome, runWithOutputs, type Sink } from '../support/odd-output.js';
import {
  endAll,
  findPython,
  freePort,
  type Outcome,
  RunningProgram,
  runCli,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';

const EVENTS = 300;
const FAILED = 1;
/** `check` has found something: the topics of this night have no attributes. */
const FOUND = 3;
const MISSED = 4;
/** Holds whenever anything is played. */
const HOLDING = ['--fail-if', 'rate<1000000000'];
const FULL: Sink = { file: '/dev/full' };
const CLI = fileURLToPath(new URL('../../bundle/cli.cjs', import.meta.url));
const HUNG_UP = fileURLToPath(new URL('../../../test/support/python/hung_up.py', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'tcs-outputs-'));
const night = join(folder, 'night.db');

const play = async (...args: string[]) => [
  night,
  ...['--wait-setup', '0', '--workers', '0', '-u', `tcp://127.0.0.1:${await freePort()}`],
  ...args,
];

before(() => writeTopicsNight(night, { events: EVENTS }));
after(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

describe('outputs that take nothing', () => {
  for (const [what, stderr, commands] of [
    [
      'whose reader has gone',
      'gone',
      [
        ['info', '--workers', '0', night],
        ['generate', join(folder, 'made.db'), '--force', '--events', '100'],
      ],
    ],
    ['on a full disk', FULL, [['cache'], ['keygen', '--force', join(folder, 'key')], ['--help']]],
  ] as const) {
    it(`a replay goes on with a stderr ${what}`, async () => {
      const args = await play('-s', 'max', '--verbose', '--json', ...HOLDING);
      const { code, stdout } = await runWithOutputs(args, { stdout: 'kept', stderr });
      assert.deepEqual([code, (JSON.parse(stdout) as ReplayOutcome).sent], [MISSED, EVENTS]);
    });

    it(`commands give their results with a stderr ${what}`, async () => {
      const { code, stdout } = await runWithOutputs(['check', '--workers', '0', night], {
        stdout: 'kept',
        stderr,
      });
      assert.deepEqual([code, stdout.split('\n').at(-2)?.slice(0, night.length)], [FOUND, night]);
      for (const args of commands) {
        const { code, signal, stdout } = await runWithOutputs(args, { stdout: 'kept', stderr });
        assert.deepEqual([args[0], code, signal], [args[0], 0, null]);
        assert.notEqual(stdout, '');
      }
    });
  }

  it('a replay goes on when the terminal of its stderr is gone', { skip: skipWithoutPython() }, async () => {
    const args = await play('-s', 'max', '--verbose', '--json', ...HOLDING);
    const child = spawn(findPython() as string, [HUNG_UP, process.execPath, CLI, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 180_000,
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const [code] = await once(child, 'close');
    assert.deepEqual([code, (JSON.parse(stdout) as ReplayOutcome).sent], [MISSED, EVENTS]);
  });

  it('a full stdout is an error of one line, after all that stderr tells, in every command', async () => {
    const missed = await runWithOutputs(await play('-s', 'max', ...HOLDING), {
      stdout: FULL,
      stderr: 'kept',
    });
    assert.match(
      missed.stderr,
      /^(?:Sending to .*\n)?threshold missed: rate.*\nerror: Cannot write the output: ENOSPC: [^\n]*\n$/,
    );
    assert.equal(missed.code, FAILED);
    for (const args of [
      ['help', 'info'],
      await play('-s', 'max', '--json'),
      ['info', '--workers', '0', night],
      ['check', '--workers', '0', night],
      ['generate', join(folder, 'other.db'), '--events', '100'],
      ['cache', '--json'],
      ['keygen', join(folder, 'other')],
    ]) {
      const outcome = await runWithOutputs(args, { stdout: FULL, stderr: 'kept' });
      assertFull(outcome, args);
    }
  });

  it('a full stdout is an error of listen and of ctl, too', async () => {
    const [url, control] = [await freePort(), await freePort()].map((port) => `tcp://127.0.0.1:${port}`);
    const replay = startCli([
      night,
      '--workers',
      '0',
      '-u',
      url,
      '--control',
      control,
      '--loop',
      '100000',
      '--quiet',
    ]);
    for (const args of [
      ['listen', url],
      ['ctl', '--url', control, '--json', 'pause'],
    ]) {
      assertFull(await runWithOutputs(args, { stdout: FULL, stderr: 'kept' }), args);
    }
    await replay.end();
  });

  it('a histogram log on a full disk fails after the summary, the JSON and the conditions', async () => {
    const args = ['--hlog', '/dev/full', ...HOLDING, '-s', '1000'];
    const shown = await runCli(await play(...args));
    const error = 'error: Cannot write a histogram log to /dev/full: ENOSPC';
    assert.match(shown.stdout, new RegExp(`^Played ${EVENTS} events in `));
    assert.match(
      shown.stderr,
      new RegExp(`^(?:Sending to .*\\n)?threshold missed: [^\n]*\n${error}[^\n]*\n$`),
    );
    assert.equal(shown.code, FAILED);
    const json = await runCli(await play(...args, '--json'));
    const { sent, failed, writeFailures } = JSON.parse(json.stdout) as ReplayOutcome;
    assert.deepEqual([json.code, sent, failed.length], [FAILED, EVENTS, 1]);
    assert.equal(`error: ${writeFailures[0]}\n`, json.stderr.split(/^(?=error)/m).at(-1));
  });
});

describe('files that cannot be written to their end', () => {
  it('fail a replay after its summary, and the events are sent', async () => {
    const [ledger, hlog] = ['play.ledger', 'play.hlog'].map((name) => join(folder, name));
    const args = await play('-s', '1000', '--ledger', ledger, '--hlog', hlog, '--json');
    const { code, stdout, stderr } = await withSmallFiles(args);
    const { sent, writeFailures } = JSON.parse(stdout) as ReplayOutcome;
    assert.deepEqual([code, sent], [FAILED, EVENTS], stderr);
    assertNotWritten(writeFailures, { ledger, hlog }, stderr);
  });

  it('fail a load test after its report, whatever the verdict is', async () => {
    const [ledger, hlog] = ['load.ledger', 'load.hlog'].map((name) => join(folder, name));
    const load = ['-u', 'tcp://127.0.0.1:*', '--wait-setup', '0', '--stage', '200:1s', '--drain', '60s'];
    const files = [
      '--ledger',
      ledger,
      '--hlog',
      hlog,
      '--fail-if',
      'received>0',
      '--subscriber',
      '1',
      '--json',
    ];
    const { code, stdout, stderr } = await withSmallFiles(['loadtest', night, ...load, ...files]);
    const { conditions, load: sent, writeFailures } = JSON.parse(stdout) as LoadReport;
    assert.deepEqual([code, conditions[0].outcome], [FAILED, 'missed'], stderr);
    assert(sent.sent > 0);
    assertNotWritten(writeFailures, { ledger, hlog }, stderr);
  });
});

/** Runs the program where no file that it writes can become larger than half a kilobyte, as on a disk that is nearly full. */
function withSmallFiles(args: readonly string[]): Promise<Outcome> {
  const program = ['-c', 'ulimit -f 1; exec "$0" "$@"', process.execPath, CLI, ...args];
  return new RunningProgram('/bin/sh', program).outcome;
}

function assertNotWritten(
  failures: readonly string[],
  { ledger, hlog }: { ledger: string; hlog: string },
  stderr: string,
): void {
  const [ofLog, ofLedger] = [`a histogram log to ${hlog}`, `a ledger to ${ledger}`];
  for (const [i, what] of [ofLog, ofLedger].entries())
    assert(failures[i]?.startsWith(`Cannot write ${what}: EFBIG: `), failures[i]);
  assert(stderr.endsWith(failures.map((failure) => `error: ${failure}\n`).join('')), stderr);
}

function assertFull({ code, stderr }: OddOutcome, args: readonly string[]): void {
  assert.match(stderr, /^error: Cannot write the output: ENOSPC: [^\n]*\n$/m, args.join(' '));
  assert.doesNotMatch(stderr, /^ {4}at /m, args.join(' '));
  assert.equal(code, FAILED, args.join(' '));
}
