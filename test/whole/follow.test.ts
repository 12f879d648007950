/** Databases that are played while other programs write them. */

import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { type Playback, type ReplayOptions, startReplay, TcsReplayError } from '../../src/index.js';
import { EventStation } from '../support/event-station.js';
import { NightWriter, type NightWriterOptions } from '../support/night-writer.js';
import { endAll, freePort, runCli, skipWithoutPython, startCli } from '../support/peer.js';
import { playedEvents } from '../support/played-events.js';
import { type Message, Receiver } from '../support/receiver.js';
import { recordedValues } from '../support/recorded-rows.js';
import { plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

after(endAll);

/** A night that is being written, and a replay that follows it and has a subscriber. */
class Followed {
  readonly writer: NightWriter;
  readonly receiver: Receiver;
  readonly playback: Playback;
  readonly notices: string[];

  static async start(
    context: TestContext,
    { begin = 0, ...writing }: NightWriterOptions & { begin?: number } = {},
    options: ReplayOptions = {},
  ): Promise<Followed> {
    const writer = await NightWriter.start(join(temporaryFolder(context), 'night.db'), writing);
    context.after(() => writer.end());
    if (begin > 0) await writer.write(begin, 'together');
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const receiver = Receiver.connected(url);
    context.after(() => receiver.close());
    const notices: string[] = [];
    const stop = new AbortController();
    const playback = startReplay({
      databases: writer.path,
      follow: true,
      url,
      waitSetupS: 0,
      waitSubscribers: 1,
      highWaterMark: 0,
      speedup: 'max',
      times: 'original',
      signal: stop.signal,
      onNotice: (notice) => notices.push(notice),
      ...options,
    });
    context.after(async () => {
      stop.abort();
      await playback.outcome.catch(() => {});
    });
    playback.outcome.catch(() => {}); // A test that expects an error awaits it.
    return new Followed({ writer, receiver, playback, notices });
  }

  private constructor(parts: Pick<Followed, 'writer' | 'receiver' | 'playback' | 'notices'>) {
    this.writer = parts.writer;
    this.receiver = parts.receiver;
    this.playback = parts.playback;
    this.notices = parts.notices;
  }

  /** All that was written, as a replay of the finished night gives it, has come once and in order. */
  async assertReceived(): Promise<void> {
    const messages = await this.receiver.take(this.writer.events);
    await assertSame(messages, this.writer.path);
    const { sent } = this.playback.status();
    assert.equal(sent, this.writer.events);
  }

  /** Rejects with what ends the replay, where something does. @param events number of events sent by then; default all, once */
  async untilCaughtUp(events = this.writer.events): Promise<void> {
    const { state, sent } = await until(
      () => this.playback.status(),
      ({ state, sent }) => state === 'ended' || (state === 'caught-up' && sent === events),
    );
    if (state === 'ended')
      assert.fail(`ended after ${sent} of ${events}: ${JSON.stringify(await this.playback.outcome)}`);
  }
}

async function assertSame(messages: readonly Message[], path: string): Promise<void> {
  const { events } = await playedEvents([path]);
  assert.equal(messages.length, events.length);
  for (const [i, { topic, payload }] of events.entries()) {
    assert.equal(messages[i].topic, topic, `topic of event ${i}`);
    assert.equal(messages[i].payload.toString(), payload.toString(), `event ${i}`);
  }
}

describe('a night that is followed while it is written', {
  skip: skipWithoutPython(),
  concurrency: 2,
}, () => {
  for (const [journalMode, begin] of [
    ['delete', 0],
    ['truncate', 200],
    ['persist', 0],
    ['wal', 200],
  ] as const)
    it(`is played whole, once and in order: journal mode ${journalMode}, ${begin} events before`, async (t) => {
      const followed = await Followed.start(t, { journalMode, begin });
      const { writer } = followed;
      await writer.write(60);
      await writer.write(100, 'together');
      await writer.write(20, 'in-parts');
      await followed.untilCaughtUp();
      await writer.write(1);
      await followed.untilCaughtUp();
      await writer.write(2, 'together');
      await followed.assertReceived();
    });

  it('is played whole where its log is moved to the database and restarted', async (t) => {
    const followed = await Followed.start(t, { journalMode: 'wal', begin: 300 });
    const { writer } = followed;
    for (const mode of ['PASSIVE', 'RESTART', 'TRUNCATE', 'RESTART', 'PASSIVE', 'TRUNCATE']) {
      await writer.write(40);
      await writer.sql(`PRAGMA wal_checkpoint(${mode})`);
      await writer.write(40);
      if (mode === 'TRUNCATE') await followed.untilCaughtUp();
    }
    await followed.assertReceived();
  });

  it('is played whole where its journal mode changes', async (t) => {
    const followed = await Followed.start(t, { begin: 10 });
    const { writer } = followed;
    for (const mode of ['WAL', 'DELETE', 'WAL']) {
      await writer.write(30);
      await followed.untilCaughtUp();
      await writer.sql(`PRAGMA journal_mode = ${mode}`);
      await writer.write(30);
      await followed.untilCaughtUp();
    }
    await followed.assertReceived();
  });

  it('is played whole where it is vacuumed', async (t) => {
    const followed = await Followed.start(t, { begin: 400 });
    const { writer } = followed;
    await followed.untilCaughtUp();
    await writer.sql('CREATE TABLE other AS SELECT * FROM attribute');
    await writer.sql('DROP TABLE other');
    await writer.sql('VACUUM');
    await writer.write(50);
    await followed.assertReceived();
  });

  for (const journalMode of ['delete', 'wal'] as const)
    it(`is played whole without an index, in the journal mode ${journalMode}`, async (t) => {
      const followed = await Followed.start(t, { begin: 300, hasIndex: false, journalMode });
      await followed.writer.write(100);
      await followed.untilCaughtUp();
      await followed.writer.write(100, 'together');
      await followed.assertReceived();
    });

  it('ends where rows of an event without an index stand elsewhere', async (t) => {
    const followed = await Followed.start(t, { begin: 30, hasIndex: false });
    await followed.untilCaughtUp();
    await followed.writer.sql("INSERT INTO attribute VALUES (3, 'late', '1', 'number')");
    await assert.rejects(followed.playback.outcome, isCannotFollow(/has no index on attribute\.event_id/));
  });

  // Where another file has its name, the journal says nothing.
  const ENDS: readonly [
    what: string,
    act: (followed: Followed) => unknown,
    found: RegExp,
    modes: readonly ('delete' | 'wal')[],
  ][] = [
    ['is removed', ({ writer: { path } }) => rmSync(path), /the file is gone/, ['delete']],
    [
      'is replaced',
      ({ writer: { path } }) => {
        copyFileSync(path, `${path}.new`);
        renameSync(`${path}.new`, path);
      },
      /another file has taken its place/,
      ['wal'],
    ],
    [
      'loses events',
      ({ writer }) => writer.sql('DELETE FROM event WHERE event_id > 20'),
      /is another one|events were removed/,
      ['delete', 'wal'],
    ],
    [
      'is rewritten',
      ({ writer }) => writer.sql("UPDATE attribute SET value = 'x' WHERE key = 'text'"),
      /the event in row 1 is another one/,
      ['delete', 'wal'],
    ],
    ['loses its tables', ({ writer }) => writer.sql('DROP TABLE attribute'), /no such table/, ['delete']],
  ];
  for (const [what, act, found, modes] of ENDS)
    for (const journalMode of modes)
      it(`ends with an error where it ${what}, in the journal mode ${journalMode}`, async (t) => {
        const followed = await Followed.start(t, { begin: 40, journalMode }, { workers: 0 });
        await followed.untilCaughtUp();
        await act(followed);
        await assert.rejects(followed.playback.outcome, isCannotFollow(found));
      });

  it('is waited for where its writer has died in a transaction, until that is undone', async (t) => {
    const followed = await Followed.start(t, { begin: 40 });
    const { writer, notices } = followed;
    await followed.untilCaughtUp();
    await writer.die(200);
    const told = () => notices.filter((notice) => notice.includes('its writer has died in a transaction'));
    await until(
      () => told().length,
      (count) => count > 0,
    );
    // Any program that may write undoes it.
    const undone = await NightWriter.start(`${writer.path}.other`);
    await undone.sql(`ATTACH '${writer.path}' AS night`);
    await undone.sql("INSERT INTO night.event VALUES (41, 'a.b.c', 1521854200)");
    writer.events += 1;
    await undone.end();
    await followed.untilCaughtUp();
    assert.equal(told().length, 1, String(notices));
  });

  it('tells of an event whose attributes are added after it was sent', async (t) => {
    const followed = await Followed.start(t, { begin: 40 });
    const { writer, playback, notices } = followed;
    await followed.untilCaughtUp();
    await writer.sql("INSERT INTO attribute VALUES (40, 'late', '1', 'number')");
    await until(
      () => notices.length,
      (count) => count > 0,
    );
    assert.match(notices[0], /attributes of the event in row 40 were written more than a second after/);
    await writer.write(1);
    await followed.untilCaughtUp();
    playback.quit();
    const { damage, sent } = await playback.outcome;
    assert.deepEqual(
      [sent, ...damage.places.map(({ reason, firstRow, lastRow }) => [reason, firstRow, lastRow])],
      [41, ['doubtful event', '40', '40']],
    );
  });

  it('is left as it is, and nothing is left beside it', async (t) => {
    for (const journalMode of ['delete', 'wal'] as const) {
      const followed = await Followed.start(t, { begin: 40, journalMode });
      const { writer } = followed;
      await followed.untilCaughtUp();
      await writer.write(10);
      await followed.untilCaughtUp();
      const before = stateBeside(writer.path);
      assert.deepEqual(
        Object.keys(before),
        journalMode === 'wal' ? ['night.db', 'night.db-shm', 'night.db-wal'] : ['night.db'],
      );
      followed.playback.quit();
      await followed.playback.outcome;
      assert.deepEqual(stateBeside(writer.path), before);
    }
  });

  it('is left at the end that was asked for, or when nothing is added for a time', async (t) => {
    const ended = await Followed.start(t, { begin: 100 }, { end: '+2s' });
    // The next event could be out of order up to a minute behind.
    await ended.writer.write(6400, 'together');
    const outcome = await ended.playback.outcome;
    const whole = await playedEvents([ended.writer.path], { end: '+2s' });
    assert.deepEqual([outcome.endedBy, outcome.sent], ['end', whole.events.length]);
    const quiet = await Followed.start(t, { begin: 100 }, { followForS: 0.3 });
    assert.deepEqual(
      [(await quiet.playback.outcome).sent, (await quiet.playback.outcome).endedBy],
      [100, 'end'],
    );
  });

  it('takes orders while more is waited for', async (t) => {
    const followed = await Followed.start(t, { begin: 100 });
    const { playback, writer, receiver } = followed;
    await followed.untilCaughtUp();
    await receiver.take(100);
    const { firstS, lastS, share } = playback.status();
    assert.deepEqual([firstS, lastS, share], [1521854100.011, 1521854101.001, Number.NaN]);
    await playback.seek(1521854100.505);
    await followed.untilCaughtUp(150);
    const again = await receiver.take(50);
    assert.deepEqual(
      again.map(numberOf),
      Array.from({ length: 50 }, (_, i) => 51 + i),
    );
    playback.pause();
    await writer.write(3, 'together');
    await writer.write(1);
    const stepped = await playback.step();
    assert.deepEqual([stepped?.topic, numberOf(await receiver.next())], ['a.b.t1', 101]);
    assert.equal(playback.status().state, 'paused');
    playback.resume();
    assert.deepEqual((await receiver.take(3)).map(numberOf), [102, 103, 104]);
    await followed.untilCaughtUp(154);
    assert.equal(await playback.seek('2030-01-01T00:00Z'), 1521854101.041);
    assert.equal(numberOf(await receiver.next()), 104);
    await followed.untilCaughtUp(155);
    await writer.write(1);
    assert.equal(numberOf(await receiver.next()), 105);
    playback.quit();
    const { endedBy, disorder } = await playback.outcome;
    assert.deepEqual([endedBy, disorder.stepsBack], ['quit', 0]);
  });

  it('is not late where it was waited for, and keeps its distances', async (t) => {
    const followed = await Followed.start(t, { begin: 10 }, { speedup: 1, times: 'replay' });
    const { writer, receiver } = followed;
    await followed.untilCaughtUp();
    await receiver.take(10);
    await writer.write(5, 'together');
    await followed.untilCaughtUp();
    const times = (await receiver.take(5)).map(({ payload }) => JSON.parse(payload.toString()).__wire_time);
    const distancesUs = times.map((time) => 1e6 * (time - times[0]));
    // Times have microseconds.
    for (const [i, distanceUs] of distancesUs.slice(0, 4).entries())
      assert.ok(Math.abs(distanceUs - 10_000 * i) < 2, `${distanceUs}`);
    // The last one is held back for a second, and then due at once.
    assert.ok(distancesUs[4] >= 39_998, `${distancesUs[4]}`);
    followed.playback.quit();
    const { stalls, lateness } = await followed.playback.outcome;
    assert.equal(stalls.readAhead.count, 0, JSON.stringify({ stalls, lateness }));
  });

  it('is the one of several that was written to last; the others are played with it', async (t) => {
    const folder = temporaryFolder(t);
    writeEvents(
      join(folder, 'before.db'),
      Array.from({ length: 30 }, (_, i) => plainEvent(BigInt(i + 1), 'x.y.z')),
    );
    const writer = await NightWriter.start(join(folder, 'now.db'));
    t.after(() => writer.end());
    await writer.write(20);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const receiver = Receiver.connected(url);
    t.after(() => receiver.close());
    const playback = startReplay({
      ...{ databases: folder, follow: true, url, waitSetupS: 0, waitSubscribers: 1, speedup: 'max' },
      ...{ times: 'original' as const },
    });
    await receiver.take(49);
    await writer.write(20);
    await receiver.take(21);
    playback.quit();
    assert.equal((await playback.outcome).sent, 70);
  });
});

describe('the command that follows a night', { concurrency: 2 }, () => {
  it('plays a recording of tcs-replay record while it is made, and the end of it', async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'recorded.db');
    const station = await EventStation.open();
    t.after(() => station.close());
    const recorder = startCli(['record', '-u', station.url, '--json', path]);
    await station.subscriptions(1);
    let sent = 0;
    const send = async (count: number) => {
      for (let i = 0; i < count; i++) {
        sent += 1;
        const timeS = Date.now() / 1000;
        const event = {
          __system: 'a',
          __source: 'b',
          __key: 'c',
          __data: true,
          n: sent,
          x: 'x'.repeat(sent % 900),
        };
        await station.sendPayload(
          'a.b.c',
          JSON.stringify({ ...event, __data_time: timeS, __wire_time: timeS }),
        );
      }
    };
    await send(200);
    await until(() => existsSync(path) && recordedCount(path), Boolean);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const receiver = Receiver.connected(url);
    t.after(() => receiver.close());
    const play = startCli([
      ...['--follow', '--follow-for', '8s', path, '-u', url, '-s', 'max', '--times', 'original', '--json'],
      ...['--wait-setup', '0', '--wait-subscribers', '1', '--hwm', '0'],
    ]);
    const messages = await receiver.take(100);
    for (let i = 0; i < 5; i++) {
      await send(400);
      messages.push(...(await receiver.take(350)));
    }
    recorder.kill('SIGINT');
    const recorded = await recorder.outcome;
    assert.equal(recorded.code, 130, recorded.stderr);
    const { code, stdout, stderr } = await play.outcome;
    assert.equal(code, 0, stderr);
    assert.deepEqual([JSON.parse(stdout).sent, JSON.parse(stdout).endedBy], [sent, 'end']);
    messages.push(...(await receiver.take(sent - messages.length)));
    await assertSame(messages, path);
  });

  it('ends with the exit code 130 and its summary after SIGINT, and says that it waits', async (t) => {
    const path = join(temporaryFolder(t), 'night.db');
    writeEvents(
      path,
      Array.from({ length: 30 }, (_, i) => plainEvent(BigInt(i + 1), 'x.y.z')),
    );
    const before = readFileSync(path);
    const control = `ipc://${path}.control`;
    const play = startCli([
      ...['--follow', path, '-u', `tcp://127.0.0.1:${await freePort()}`, '-s', 'max', '--wait-setup', '0'],
      ...['--control', control, '--progress', '0.1'],
    ]);
    await play.waitForOutput(/waiting for the recorder/);
    const status = await until(
      () => runCli(['ctl', '--url', control, 'status', '--json']),
      ({ stdout }) => stdout.includes('"sent":30') || /"sent": 30/.test(stdout),
    );
    assert.match(status.stdout, /"state": ?"caught-up"/);
    play.kill('SIGINT');
    const { code, stdout, stderr } = await play.outcome;
    assert.equal(code, 130, stderr);
    assert.match(stdout, /^Stopped after 30 events/m);
    assert.deepEqual(readFileSync(path), before);
  });

  it('ends with the exit code 1 and one line where the night is removed', async (t) => {
    const path = join(temporaryFolder(t), 'night.db');
    writeEvents(path, [plainEvent(1n, 'x.y.z'), plainEvent(2n, 'x.y.z')]);
    const play = startCli([
      ...['--follow', path, '-u', `tcp://127.0.0.1:${await freePort()}`, '-s', 'max', '--wait-setup', '0'],
      ...['--progress', '0.1'],
    ]);
    await play.waitForOutput(/waiting for the recorder/);
    rmSync(path);
    const { code, stderr } = await play.outcome;
    assert.equal(code, 1);
    assert.match(stderr, /Cannot follow .*night\.db: the file is gone$/m);
  });

  const REFUSED: readonly [args: string[], found: RegExp][] = [
    [['--loop', '2'], /--follow and --loop 2 do not go together/],
    [['--serve-forever'], /--follow and --serve-forever do not go together/],
    [['-S', '__data_time'], /--follow and --sort-by __data_time do not go together/],
    [['--prepare'], /--follow and --prepare do not go together/],
    [['--end', '-10m'], /--end/],
  ];
  for (const [args, found] of REFUSED)
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, stderr } = await runCli(['--follow', 'night.db', ...args]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, found);
    });

  it('refuses files that no recorder adds rows to, and needs a database', async (t) => {
    const lines = join(temporaryFolder(t), 'night.jsonl');
    writeFileSync(lines, '{"topic":"a.b.c","__data_time":1521854100.5,"x":1}\n');
    const { code, stderr } = await runCli(['--follow', lines]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /only SQLite databases are followed/);
    const none = await runCli(['--follow']);
    assert.equal(none.code, 2, none.stderr);
    assert.match(none.stderr, /--follow needs a database/);
    const lonely = await runCli(['--follow-for', '1s', lines]);
    assert.equal(lonely.code, 2, lonely.stderr);
  });
});

function isCannotFollow(found: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TcsReplayError, String(error));
    assert.equal(error.code, 'READ_FAILED');
    assert.match(error.message, found);
    return true;
  };
}

function numberOf({ payload }: Message): number {
  return Number(JSON.parse(payload.toString()).number);
}

/** What is in the folder of a file, but for the shared memory of its log, which its writer changes. */
function stateBeside(path: string): Record<string, string> {
  const folder = join(path, '..');
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [
        name,
        name.endsWith('-shm') ? '' : readFileSync(join(folder, name)).toString('base64'),
      ]),
  );
}

/** Number of events; 0 where the tables are not made yet. */
function recordedCount(path: string): number {
  try {
    return recordedValues(path, 'n').length;
  } catch {
    return 0;
  }
}
