/** The options of the command line that say when events are sent, who is waited for, and what becomes of what is late. */

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ReplayOutcome } from '../../src/measure/outcome.js';
import { writeTopicsNight } from '../support/odd-night.js';
import {
  endAll,
  freePort,
  type Outcome,
  PythonSubscriber,
  runCli,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';

const EVENTS = 4000;
/** It only bounds how long a failure takes. */
const TIMEOUT_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), 'tcs-pace-options-'));
const night = join(folder, 'night.db');

async function play(...args: string[]): Promise<Outcome> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  return runCli([night, '-u', url, '--wait-setup', '0', '--workers', '0', ...args], {
    timeoutMs: TIMEOUT_MS,
  });
}

async function outcomeOf(...args: string[]): Promise<ReplayOutcome & { code: number | null }> {
  const { code, stdout, stderr } = await play('--json', ...args);
  assert.equal(stderr, '');
  return { code, ...(JSON.parse(stdout) as ReplayOutcome) };
}

describe('when events are sent', { concurrency: 2 }, () => {
  before(() => writeTopicsNight(night, { events: EVENTS }));

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('is evenly with --rate, in events and in bytes', async () => {
    const events = await outcomeOf('--rate', '2000', '--limit', '400');
    assert.deepEqual([events.code, events.sent], [0, 400]);
    // No event is early: the last one is due 399 / 2000 s after the first, which may itself have been late.
    const lateS = ({ lateness }: ReplayOutcome) => (lateness?.maxUs ?? 0) / 1e6;
    assert.ok(events.durationS >= 0.1995 - lateS(events) - 1e-5, JSON.stringify(events));
    const bytes = await outcomeOf('--rate', '200kB/s', '--burst', '10', '--limit', '101', '-s', 'max');
    assert.deepEqual([bytes.code, bytes.sent], [0, 101]);
    // The last one is due when the hundred before it have had their time.
    const beforeBytes = bytes.bytes * (100 / 101);
    assert.ok(bytes.durationS >= (0.95 * beforeBytes) / 200_000 - lateS(bytes), JSON.stringify(bytes));
  });

  for (const [args, says] of [
    [['--block-timeout', '5s'], /--block-timeout needs --on-full block: nothing else waits/],
    [
      ['--on-full', 'block', '--hwm', '0'],
      /--on-full block and --hwm 0 do not go together: a queue without a limit/,
    ],
    [['--rate', 'fast'], /Expected --rate to be events a second such as 5000, .* got "fast"/],
    [['--rate', '100', '-s', '10'], /^error: --rate and --speedup 10 do not go together: /],
    [['--rate', '100', '--max-gap', '5s'], /^error: --rate and --max-gap do not go together: /],
    [['--burst', '10'], /^error: --burst needs --rate: /],
    [['--priority', '--timing', 'precise'], /^error: --priority and --timing precise do not go together: /],
    [['-s', 'max', '--on-late', 'drop'], /^error: --speedup max and --on-late do not go together: /],
    [['--on-late', 'dorp'], /did you mean drop\?/],
    [['--late-after', 'soon'], /Expected --late-after to be a time above 0/],
  ] as const) {
    it(`is refused: ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await play(...args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, says);
      assert.equal(stderr.trimEnd().split('\n').length, 1);
    });
  }

  it('is not at all where an event is too late, with --on-late drop, and with exit code 3', async () => {
    // A night in no time: there is always an event that is later than a microsecond.
    const { code, sent, dropped, endedBy } = await outcomeOf(
      '-s',
      '1000000',
      '--on-late',
      'drop',
      '--late-after',
      '1us',
    );
    assert.deepEqual([code, endedBy, sent + dropped], [3, 'end', EVENTS]);
    assert.ok(dropped > 0);
  });

  it('is the end of it with --on-late abort, and exit code 4', async () => {
    const { code, endedBy, sent } = await outcomeOf(
      ...['-s', '1000000', '--on-late', 'abort', '--late-after', '1us'],
    );
    assert.deepEqual([code, endedBy], [4, 'late']);
    assert.ok(sent < EVENTS);
  });

  it('is never where too few subscribers come: exit code 1', async () => {
    const { code, stdout, stderr } = await play('--wait-subscribers', '2', '--wait-timeout', '0.2s');
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^error: Expected 2 subscribers within 200ms, found 0 at tcp:\S+: start them /);
  });

  it('is when the subscribers are there, all of it to each', { skip: skipWithoutPython() }, async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const args = [night, '-u', url, '-s', 'max', '--wait-setup', '0', '--wait-subscribers', '2', '--json'];
    const program = startCli(args, { timeoutMs: TIMEOUT_MS });
    const subscribers = await Promise.all([1, 2].map(() => PythonSubscriber.start(url, { count: EVENTS })));
    assert.equal((await program.outcome).code, 0);
    for (const subscriber of subscribers) assert.equal((await subscriber.result()).received, EVENTS);
  });

  it('is told to have been in vain for a subscriber that has stopped: exit code 3', {
    skip: skipWithoutPython() || (process.platform === 'linux' ? false : 'only Linux tells of connections'),
  }, async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const args = [night, '-u', url, '-s', 'max', '--wait-setup', '0', '--wait-subscribers', '1', '--json'];
    const program = startCli(
      [...args, '--start-paused', '--loop', '20', '--linger', '1s', '--control', `ipc://${folder}/control`],
      {
        timeoutMs: TIMEOUT_MS,
      },
    );
    const held = await PythonSubscriber.start(url);
    const ctl = (...order: string[]) => runCli(['ctl', '--url', `ipc://${folder}/control`, ...order]);
    for (let state = ''; state !== 'paused'; ) {
      const { status } = JSON.parse((await ctl('status', '--json')).stdout) as { status: { state: string } };
      state = status.state;
    }
    held.hold();
    assert.equal((await ctl('resume')).code, 0);
    const { code, stdout } = await program.outcome;
    held.release();
    const { undelivered, sent } = JSON.parse(stdout) as ReplayOutcome;
    assert.equal(sent, 20 * EVENTS);
    assert.equal(undelivered.subscribers, 1);
    assert.ok((undelivered.mostEvents ?? 0) > 0);
    assert.equal(code, 3);
    await held.stop();
  });

  it('is told by ctl to those alone who have the keys', async () => {
    const keys = join(folder, 'keys');
    const known = join(keys, 'known');
    mkdirSync(known, { recursive: true });
    for (const name of ['server', 'friend', 'stranger']) {
      assert.equal((await runCli(['keygen', join(keys, name)])).code, 0);
    }
    copyFileSync(join(keys, 'friend.key'), join(known, 'friend.key'));
    const control = `tcp://127.0.0.1:${await freePort()}`;
    const args = [night, '-u', `tcp://127.0.0.1:${await freePort()}`, '--start-paused', '--control', control];
    const program = startCli(
      [...args, '--curve-keys', join(keys, 'server.key_secret'), '--curve-clients', known],
      {
        timeoutMs: TIMEOUT_MS,
      },
    );
    const ctl = (timeout: string, ...order: string[]) =>
      runCli(['ctl', '--url', control, '--timeout', timeout, ...order]);
    const server = ['--curve-server', join(keys, 'server.key')];
    const friend = [...server, '--curve-keys', join(keys, 'friend.key_secret')];
    assert.equal((await ctl('30s', ...friend, 'status')).code, 0);
    for (const other of [[], server, [...server, '--curve-keys', join(keys, 'stranger.key_secret')]]) {
      const { code, stdout, stderr } = await ctl('1s', ...other, 'quit');
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /did not let this in|Nobody answered/);
    }
    assert.equal((await ctl('30s', ...friend, 'quit')).code, 0);
    assert.equal((await program.outcome).code, 0);
  });
});
