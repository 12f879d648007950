/** Recordings whose clocks were wrong, and times that are none: they are played to their end, and can be ended at any moment. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ask } from '../../src/control/control-client.js';
import { type ReplayOptions, type ReplayOutcome, startReplay, type TcsReplayError } from '../../src/index.js';
import { check } from '../../src/inspect/check.js';
import { info } from '../../src/inspect/info.js';
import { endAll, freePort, runCli, startCli } from '../support/peer.js';
import { eventOf, Receiver } from '../support/receiver.js';
import { writeEvents } from '../support/stored-event.js';

const START_S = 1_521_854_100;
const HOURS_18_S = 65_533;
const TIMEOUT = { timeout: 120_000 };
const TIMEOUT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'tcs-clocks-'));
let nights = 0;

/** A night with an event at each of these seconds after the start, or at these times. */
function nightOf(offsetsS: readonly number[], isAbsolute = false): string {
  const path = join(folder, `${nights++}.db`);
  writeEvents(
    path,
    offsetsS.map((offsetS, i) => ({
      id: BigInt(i + 1),
      topic: 'tcs.a.b',
      dataTime: null,
      attributes: [
        { key: 'number', value: `${i}`, dataType: 'string' },
        { key: '__wire_time', value: `${isAbsolute ? offsetS : START_S + offsetS}`, dataType: 'number' },
      ],
    })),
  );
  return path;
}

interface Played {
  readonly numbers: number[];
  readonly outcome: ReplayOutcome;
  readonly notices: string[];
}

async function played(databases: string | string[], options: ReplayOptions, count: number): Promise<Played> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const receiver = Receiver.connected(url);
  const notices: string[] = [];
  const playback = startReplay({
    databases,
    url,
    waitSetupS: 0,
    waitSubscribers: 1,
    workers: 0,
    onNotice: (notice) => notices.push(notice),
    ...options,
  });
  const messages = await receiver.take(count);
  const outcome = await playback.outcome;
  receiver.close();
  return { numbers: messages.map((message) => Number(eventOf(message).number)), outcome, notices };
}

describe('clocks that were wrong', { concurrency: 2 }, () => {
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it(
    'are named with their number and the first place by info and check, and move no other event',
    TIMEOUT,
    async () => {
      const wrong = 100;
      const offsetsS = Array.from({ length: 1000 }, (_, i) => i / 10);
      for (let i = 500; i < 500 + wrong; i++) offsetsS[i] += HOURS_18_S;
      const night = nightOf(offsetsS);
      const { outcome } = await played(night, { speedup: 200 }, offsetsS.length);
      assert.deepEqual(
        [outcome.disorder.strays, outcome.disorder.stepsBack, outcome.gaps.count],
        [wrong, 0, 0],
      );
      const { survey } = await info({ databases: [night], workers: 1 });
      const first = { topic: 'tcs.a.b', dueS: START_S + 50 + HOURS_18_S, atS: START_S + 49.9, file: 0 };
      assert.deepEqual(survey?.strays, { events: wrong, first });
      assert.deepEqual([survey?.disorder.events, survey?.gaps.count, survey?.lastS], [0, 0, START_S + 99.9]);
      const report = await runCli(['info', night]);
      const words = report.stdout.replace(/\s+/g, ' ');
      assert.match(words, / 100 recorded by a wrong clock: sent with the events around them /);
      assert.match(
        words,
        / first of them: tcs\.a\.b, due 2018-03-24 14:28:03, behind 2018-03-23 20:15:49, in \S+\.db /,
      );
      const [{ findings }] = await check({ databases: [night], workers: 2 });
      assert.equal(
        findings.find(({ kind }) => kind === 'outOfOrder'),
        undefined,
      );
      const found = findings.find(({ kind }) => kind === 'wrongClock');
      assert.equal(found?.count, wrong);
      assert.deepEqual(found?.places[0], {
        row: 501n,
        eventId: 501n,
        topic: 'tcs.a.b',
        value: '65533 s ahead',
      });
      assert.match((await runCli(['check', night])).stdout, /events that a wrong clock has recorded: 100/);
    },
  );

  const disorders = {
    'in the order of a recording': [0, 0.1, 0.2, -50, 0.4, 0.5, 0.6],
    'an event from before by an hour': [0, 0.1, 0.2, -3600, 0.4, 0.5, 0.6],
    'an event at the time 0': [0, 0.1, 0.2, -START_S, 0.4, 0.5, 0.6],
    'a clock that was set back': [3600, 3600.1, 3600.2, 0, 0.1, 0.2, 0.3],
  };
  for (const [what, offsetsS] of Object.entries(disorders)) {
    for (const onLate of ['drop', 'abort', 'shift', 'catch-up'] as const) {
      it(`are no lateness: ${what}, ${onLate}`, TIMEOUT, async () => {
        // What is late on a busy machine is not by 40 s.
        const late = { onLate, lateAfterMs: 40_000, failIf: ['max>40s', 'lost>0'] };
        const { numbers, outcome } = await played(nightOf(offsetsS), late, 7);
        assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5, 6]);
        assert.deepEqual(
          [outcome.endedBy, outcome.sent, outcome.dropped, outcome.shifts.count, outcome.failed],
          ['end', 7, 0, 0, []],
        );
        const { count, mostS, strays, stepsBack } = outcome.disorder;
        const [first] = what.split(' ');
        if (first === 'in') assert.deepEqual([count, Math.round(mostS), strays, stepsBack], [1, 50, 0, 0]);
        else if (first === 'an') assert.deepEqual([count, strays, stepsBack], [0, 1, 0]);
        else assert.deepEqual([count, strays, stepsBack], [0, 0, 1]);
      });
    }
  }

  /** A clock was 18 hours ahead for the event 20. */
  const ahead = () => nightOf(Array.from({ length: 60 }, (_, i) => i / 20 + (i === 20 ? HOURS_18_S : 0)));

  it('hold up nothing, and let nothing go in a burst: one that was 18 hours ahead', TIMEOUT, async () => {
    for (const options of [{}, { maxGapS: 1 }, { start: '+100ms' }]) {
      const first = 'start' in options ? 2 : 0;
      const { numbers, outcome, notices } = await played(ahead(), options, 60 - first);
      assert.deepEqual(
        numbers,
        Array.from({ length: 60 - first }, (_, i) => i + first),
      );
      // From the first event to the last: no event is early.
      assert.ok(outcome.durationS >= (59 - first) / 20 - 0.05, `${outcome.durationS} s`);
      assert.deepEqual([outcome.disorder.strays, outcome.gaps.count], [1, 0]);
      assert.deepEqual(notices.length, 1);
      assert.match(
        notices[0],
        /0?\.db: a clock was wrong: an event of tcs\.a\.b has the time 2018-03-24 19:27/,
      );
    }
  });

  it('do not mislead a seek, nor the search for a silence', TIMEOUT, async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    // More events than are read at once, with a silence of two minutes near the end.
    const offsetsS = Array.from({ length: 5000 }, (_, i) => i + (i >= 4800 ? 120 : 0));
    for (const at of [300, 301, 2500, 4000]) offsetsS[at] += HOURS_18_S;
    const playback = startReplay({
      databases: nightOf(offsetsS),
      url,
      workers: 0,
      waitSetupS: 0,
      startPaused: true,
    });
    const receiver = Receiver.connected(url);
    for (const second of [200, 299, 302, 1000, 2499, 2501, 3333, 4001, 4799]) {
      assert.equal(await playback.seek(START_S + second), START_S + second);
      await playback.step();
      const [message] = await receiver.take(1);
      assert.equal(eventOf(message).number, `${second}`);
    }
    await playback.seek(START_S + 100);
    assert.equal(await playback.nextGap(), START_S + 4920);
    playback.quit();
    await playback.outcome;
    receiver.close();
  });

  it('can be ended while the next event is infinitely far, and say how far it is', TIMEOUT, async () => {
    const night = nightOf([START_S, START_S + 0.01, 1e300], true);
    for (const [args, signal] of [
      [[], 'SIGINT'],
      [['-s', '0.000001'], 'SIGTERM'],
    ] as const) {
      const url = `tcp://127.0.0.1:${await freePort()}`;
      const play = startCli([night, '-u', url, '--workers', '0', '--wait-setup', '0', '--json', ...args], {
        timeoutMs: TIMEOUT_MS,
      });
      await play.waitForOutput(/The next event is .* away.*--max-gap/);
      play.kill(signal);
      const { code, stdout } = await play.outcome;
      assert.equal(code, signal === 'SIGINT' ? 130 : 143);
      assert.equal((JSON.parse(stdout) as ReplayOutcome).endedBy, 'abort');
    }
    const { outcome } = await played(night, { maxGapS: 0.1 }, 3);
    assert.deepEqual([outcome.endedBy, outcome.sent, outcome.gaps.count], ['end', 3, 1]);
  });

  it('show in a log how the replay goes on, without a terminal', TIMEOUT, async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const args = [nightOf([0, 0.7, 1.4]), '-u', url, '--wait-setup', '0', '--progress', '200ms'];
    const { code, stderr } = await runCli(args, { timeoutMs: TIMEOUT_MS });
    assert.equal(code, 0);
    assert.match(stderr, /^\[#*\.*\] +\d+% {2}[0-3] events? {2}.*\n/m);
    const { code: wrong } = await runCli(['--progress', '1us'], { timeoutMs: TIMEOUT_MS });
    assert.equal(wrong, 2);
  });

  it('are refused where a user asks for them, alike as a flag, an option and an order', TIMEOUT, async () => {
    const night = nightOf([0, 1, 2]);
    const control = `tcp://127.0.0.1:${await freePort()}`;
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const playback = startReplay({
      databases: night,
      url,
      control,
      workers: 0,
      waitSetupS: 0,
      startPaused: true,
    });
    const expected = /to be a number from 0\.000001 to 1000000000, or max/;
    for (const speed of ['1e-310', '1e-7', '0', '-1', '1e10', '1e308', 'NaN']) {
      for (const command of [
        [night, '-s', speed],
        ['ctl', '--url', control, 'speed', speed],
      ]) {
        const { code, stderr } = await runCli(command, { timeoutMs: TIMEOUT_MS });
        assert.equal(code, 2, `${command}: ${stderr}`);
        assert.match(stderr, expected);
      }
      const speedup = Number(speed);
      assert.throws(() => startReplay({ databases: night, speedup }), refused(expected));
      assert.throws(() => playback.changeSpeed(speedup), refused(expected));
      if (Number.isNaN(speedup)) continue;
      const reply = await ask({ command: 'speed', speedup }, { url: control, timeoutMs: TIMEOUT_MS });
      assert.ok(!reply.ok);
      assert.match(reply.error.message, expected);
    }
    for (const rate of ['1e-305', '1e-7', '1e13', '99999999999TB']) {
      const { code, stderr } = await runCli([night, '--rate', rate], { timeoutMs: TIMEOUT_MS });
      assert.deepEqual([code, /from 0\.000001 to 1e12/.test(stderr)], [2, true], stderr);
      assert.throws(() => startReplay({ databases: night, rate }), refused(/^Expected rate to be/));
    }
    for (const by of [1e300, -1e12]) {
      await assert.rejects(playback.seekBy(by), refused(/at most 100000000000 either way/));
      const reply = await ask({ command: 'seek', by }, { url: control, timeoutMs: TIMEOUT_MS });
      assert.ok(!reply.ok);
      const { code } = await runCli(['ctl', '--url', control, 'skip', `${by}`], { timeoutMs: TIMEOUT_MS });
      assert.equal(code, 2);
    }
    for (const to of [1e300, -1e300]) {
      await assert.rejects(playback.seek(to), refused(/^Expected the time to be/));
      assert.throws(() => startReplay({ databases: night, start: to }), refused(/^Expected start to be/));
      const reply = await ask({ command: 'seek', to }, { url: control, timeoutMs: TIMEOUT_MS });
      assert.ok(!reply.ok);
    }
    await assert.rejects(playback.nextGap(1e300), refused(/length of the gap/));
    const span = '9'.repeat(400);
    const { code } = await runCli([night, '--max-gap', span], { timeoutMs: TIMEOUT_MS });
    assert.equal(code, 2);
    // What was refused changed nothing.
    assert.equal(playback.status().speedup, 1);
    playback.quit();
    await playback.outcome;
  });
});

function refused(message: RegExp): (error: TcsReplayError) => boolean {
  return (error) => {
    assert.equal(error.code, 'BAD_OPTION');
    assert.match(error.message, message);
    return true;
  };
}
