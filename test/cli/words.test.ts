import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PLAY_FLAGS } from '../../src/cli/flags/play-flags.js';
import { TaskProgress } from '../../src/cli/live/task-progress.js';
import * as expect from '../../src/shared/expect.js';
import * as text from '../../src/shared/text.js';
import { writeTopicsNight } from '../support/odd-night.js';
import { endAll, freePort, runCli, startCli } from '../support/peer.js';

const folder = mkdtempSync(join(tmpdir(), 'tcs-words-'));
const night = join(folder, 'night.db');
/** Names of options in the library that no flag has: they have units, or are of several words. */
const LIBRARY_NAMES = PLAY_FLAGS.map(({ option }) => option as string).filter((option) =>
  /[A-Z]/.test(option),
);

describe('the words of the user', () => {
  before(() => writeTopicsNight(night, { events: 300 }));
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('durations are printed as they can be typed', () => {
    for (const [seconds, shown] of [
      [0, '0s'],
      [12, '12s'],
      [600, '10m'],
      [245, '4m5s'],
      [3723, '1h2m3s'],
      [3 * 86_400 + 3600, '3d1h'],
    ] as const) {
      assert.equal(text.span(seconds), shown);
      assert.equal(expect.secondsOf(shown), seconds);
    }
    for (const seconds of [0.000012, 0.0034, 1.2, 59.5, 61, 86_461])
      assert(Math.abs(expect.secondsOf(text.anySpan(seconds)) / seconds - 1) < 0.01, text.anySpan(seconds));
    assert.deepEqual([0.2, 2, 2.5, 600].map(text.givenSpan), ['200ms', '2s', '2.5s', '10m']);
    assert.deepEqual([text.roughSpan(245), text.roughSpan(90_000), text.percent(0.999)], ['4m', '1d', '99%']);
  });

  it('no error has the name of an option in the library', async () => {
    for (const args of [
      ...PLAY_FLAGS.filter(({ flags }) => flags.includes('<')).map(({ flags }) => [
        night,
        `${/--[a-z-]+/.exec(flags)}=`,
        ...['--connect', 'nowhere'],
      ]),
      [night, '--hlog', night],
      [night, '--rate', '5', '--speedup', '2'],
      [night, '-s', 'max', '--hlog', 'x'],
      ['listen', '--count', '0'],
      ['listen', '--timeout', '0'],
      ...[
        ['--limit', '0'],
        ['--duration', '0'],
        ['--rotate', '5'],
        ['--timezone', 'x'],
        ['--queue', '0'],
      ].map((flags) => ['record', 'x.db', ...flags]),
      ['info', '--gap', '-1', night],
      ['check', '--workers', '-1', night],
      ['generate', 'x.db', '--events', '10', '--duration', '10', '--rate', '10'],
      ['generate', 'x.db', '--rate', '1e9'],
      ['generate', 'x.db', '--events', '1000000000', '--duration', '1s'],
    ]) {
      const { code, stderr } = await runCli(args, { cwd: folder });
      assert.notEqual(code, 0, args.join(' '));
      for (const name of [...LIBRARY_NAMES, 'gapS', 'idleTimeoutS', 'rateHz', 'durationS'])
        assert.doesNotMatch(stderr, new RegExp(`\\b${name}\\b`), args.join(' '));
    }
    const { stderr } = await runCli([night, '--rate', '5', '--speedup', '2']);
    assert.match(stderr, /^error: --rate and --speedup 2 do not go together: /);
  });

  it('all times of a report are in one zone, which is named', async () => {
    const { stdout } = await runCli(['info', '--workers', '0', '--timezone', 'Europe/Paris', night]);
    assert.match(stdout, /^ {2}times +2023-11-14 23:13:20 to 2023-11-14 23:.* Europe\/Paris/m);
    assert.doesNotMatch(stdout, /UTC/);
    assert.doesNotMatch(stdout, /22:13:20/);
    const none = await runCli([
      ...[
        night,
        '--timezone',
        'Europe/Paris',
        '--start',
        '2030-01-01',
        '--wait-setup',
        '0',
        '--workers',
        '0',
      ],
      ...['-u', `tcp://127.0.0.1:${await freePort()}`],
    ]);
    assert.match(none.stderr, /from 2023-11-14 23:13:20 to 2023-11-14 23:.* Europe\/Paris/);
  });

  it('the environment gives the address, the cache and the zone, unless a flag does', async () => {
    const [own, other] = [await freePort(), await freePort()].map((port) => `tcp://127.0.0.1:${port}`);
    const cache = join(folder, 'cache');
    const env = { TCS_REPLAY_URL: own, TCS_REPLAY_CACHE: cache, TCS_REPLAY_TIMEZONE: 'Asia/Tokyo' };
    const replay = startCli(
      [night, '--workers', '0', '-S', '__data_time', '--wait-subscribers', '1', '-s', 'max'],
      { env },
    );
    const { stderr } = await startCli(['listen', '--count', '300', '--quiet'], { env }).outcome;
    assert.match(stderr, /^(?:Nothing answers at .*\nConnected to .*\n)?Received 300 events\n$/);
    assert.equal((await replay.outcome).code, 0);
    assert.notEqual(readdirSync(cache).length, 0);
    const listed = await startCli(['cache', '--json'], { env }).outcome;
    assert.equal(JSON.parse(listed.stdout).folder, cache);
    const described = await startCli(['info', '--workers', '0', '--quick', night], { env }).outcome;
    assert.match(described.stdout, /Asia\/Tokyo/);
    const refused = await startCli([night, '--timezone', 'Mars', '-u', other], { env }).outcome;
    assert.match(refused.stderr, /^error: Expected --timezone to be .* got "Mars"/);
    const empty = await startCli(['info', '--workers', '0', '--quick', night], {
      env: { TCS_REPLAY_TIMEZONE: '' },
    }).outcome;
    assert.match(empty.stdout, /America\/Chicago/);
  });

  it('with --connect, the address of the environment is not bound besides', async () => {
    const [own, other] = [await freePort(), await freePort()].map((port) => `tcp://127.0.0.1:${port}`);
    const holder = startCli([night, '--workers', '0', '-u', own, '--start-paused', '--verbose']);
    await holder.waitForOutput(/events: table/);
    const { code, stderr } = await startCli(
      [night, '--workers', '0', '--connect', other, '-s', 'max', '--linger', '0'],
      {
        env: { TCS_REPLAY_URL: own },
      },
    ).outcome;
    assert.equal(code, 0, stderr);
    await holder.end();
  });

  it('a mock event is at the time of its send', async () => {
    const [url, control] = [await freePort(), await freePort()].map((port) => `tcp://127.0.0.1:${port}`);
    const beforeS = Date.now() / 1000;
    const replay = startCli(['-u', url, '--control', control, '--sleep', '0.01', '--wait-setup', '0']);
    let positionS: number | null = null;
    while (positionS === null) {
      const { stdout } = await runCli(['ctl', '--url', control, '--json', 'status']);
      positionS = stdout === '' ? null : JSON.parse(stdout).status.positionS;
    }
    assert(positionS >= beforeS && positionS <= Date.now() / 1000, `${positionS}`);
    await replay.end();
  });

  it('progress of any task is one line, with the time left once it can be told', () => {
    const progress = new TaskProgress();
    const task = { what: 'indexing', path: 'night.db', share: 0.25, counts: ['1 event'] };
    assert.equal(progress.line(task, 80), '[####............]   25%  indexing  1 event  night.db');
    assert.equal(progress.line({ what: 'looking', share: undefined }, 80), 'looking');
    for (let columns = 20; columns < 100; columns++)
      assert(progress.line(task, columns).length < columns, `${columns}`);
  });

  it('a summary and a report of checks fit 80 columns', async () => {
    const played = await runCli([
      ...[night, '-s', '100', '--lateness-by-topic', '--wait-setup', '0', '--workers', '0'],
      ...['-u', `tcp://127.0.0.1:${await freePort()}`],
    ]);
    const checked = await runCli(['check', '--workers', '0', night]);
    for (const line of [played.stdout, checked.stdout].join('\n').split('\n'))
      assert(line.length <= 80 || line.includes(folder), line);
  });
});
