/** What a recording holds when its process is killed, its disk is full, or another program has locked its file. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { check } from '../../src/inspect/check.js';
import type { RecordOutcome } from '../../src/record.js';
import { DatabaseLock } from '../support/database-lock.js';
import { EventStation } from '../support/event-station.js';
import { endAll, type RunningProgram, runCli, startCli } from '../support/peer.js';
import { playedEvents } from '../support/played-events.js';
import { recordedMcap } from '../support/recorded-mcap.js';
import { recordedValues } from '../support/recorded-rows.js';
import { mountSmallDisk, skipWithoutMount } from '../support/small-disk.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

after(endAll);

/** By the form of the recording. */
const KILLS = { db: 20, mcap: 6 };
/** Of a disk that the events do not fit on. */
const FULL_DISKS = [
  ['db', 'size=2m'],
  ['mcap', 'size=1m'],
] as const;
/** Far more than the second that is promised: the test runs on busy machines, and says what it has measured. */
const LONGEST_LOSS_MS = 20_000;

/** A station that sends numbered events to a recorder in a process of its own. */
class Recorded {
  readonly path: string;
  readonly program: RunningProgram;
  sent = 0;
  /** When each event was sent. */
  readonly sentMs: number[] = [];
  private readonly _station: EventStation;

  static async start(context: TestContext, path: string, ...flags: string[]): Promise<Recorded> {
    const station = await EventStation.open();
    context.after(() => station.close());
    const recorded = new Recorded(station, path, flags);
    context.after(() => recorded.program.kill('SIGKILL'));
    await station.subscriptions(1);
    return recorded;
  }

  private constructor(station: EventStation, path: string, flags: readonly string[]) {
    this._station = station;
    this.path = path;
    this.program = startCli(['record', '-u', station.url, '--json', ...flags, this.path]);
  }

  async send(count: number, textBytes = 300): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.sentMs.push(performance.now());
      await this._station.sendPayload(`a.b.t${this.sent % 5}`, this._payload(textBytes));
      this.sent += 1;
    }
    // What was sent leaves in a thread of libzmq; the loop reads what the recorder tells.
    await turn();
  }

  private _payload(textBytes: number): string {
    const timeS = Date.now() / 1000;
    return JSON.stringify({
      ...{ __system: 'a', __source: 'b', __key: `t${this.sent % 5}`, __data: true },
      ...{
        __data_time: timeS,
        __wire_time: timeS,
        n: this.sent,
        text: randomBytes(textBytes / 2).toString('hex'),
      },
    });
  }

  /** The numbers in the file, which must be those from 0 on. @returns how many there are */
  async count(): Promise<number> {
    const numbers = await this._numbers();
    assert.deepEqual(numbers, [...numbers.keys()]);
    return numbers.length;
  }

  untilWritten(count: number): Promise<number> {
    return until(
      async () => ((await this._isThere()) ? this.count() : 0),
      (written) => written >= count,
    );
  }

  private async _numbers(): Promise<number[]> {
    if (!this.path.endsWith('.mcap')) return recordedValues(this.path, 'n').map(Number);
    const { messages } = await recordedMcap(this.path);
    return messages.map(({ payload }) => (JSON.parse(payload) as { n: number }).n);
  }

  /** Whether the file has its tables, or its head: the recorder subscribes before it creates it. */
  private async _isThere(): Promise<boolean> {
    try {
      await this._numbers();
      return true;
    } catch (error) {
      if (/^(?:ENOENT$|SQLITE_(?:CANTOPEN|ERROR|BUSY))/.test((error as { code?: string }).code ?? ''))
        return false;
      throw error;
    }
  }

  /** Ends it, and gives what it has printed. */
  async end(signal: NodeJS.Signals, code: number): Promise<RecordOutcome> {
    this.program.kill(signal);
    const outcome = await this.program.outcome;
    assert.equal(outcome.code, code, outcome.stderr);
    return JSON.parse(outcome.stdout) as RecordOutcome;
  }
}

/** @param isCutOff an MCAP that is not ended is played to its end, where both say that something is missing */
async function assertSound(path: string, events: number, isCutOff = false): Promise<void> {
  const checked = await runCli(['check', path]);
  assert.equal(checked.code, isCutOff ? 3 : 0, checked.stdout + checked.stderr);
  const args = ['-s', 'max', '--json', '--wait-setup', '0', '-u', 'tcp://127.0.0.1:*', path];
  const played = await runCli(args);
  assert.equal((JSON.parse(played.stdout) as { sent: number }).sent, events, played.stderr);
  assert.equal(played.code, isCutOff ? 3 : 0, played.stderr);
}

/** As `assertSound`, without programs, which take longer to start than to look at a short recording. */
async function assertPlayed(path: string, events: number, isCutOff: boolean): Promise<void> {
  const [{ verdict }] = await check({ databases: [path], workers: 0 });
  assert.equal(verdict === 'damaged', isCutOff, verdict);
  const played = await playedEvents([path]);
  assert.equal(played.events.length, events);
  assert.equal(played.damage.length > 0, isCutOff);
}

/** The path of a recording in this form. */
const fileIn = (folder: string, form: string = 'db') => join(folder, `out.${form}`);

describe('a recording', () => {
  for (const [form, kills] of Object.entries(KILLS))
    it(`holds all but the last of what came when its process is killed, at ${kills} random moments: out.${form}`, async (t) => {
      let longestMs = 0;
      const killOne = async () => {
        const folder = temporaryFolder(t);
        const recorded = await Recorded.start(t, fileIn(folder, form));
        await recorded.send(20);
        await recorded.untilWritten(20);
        const killMs = performance.now() + 500 * Math.random();
        while (performance.now() < killMs) await recorded.send(20);
        recorded.program.kill('SIGKILL');
        const endMs = performance.now();
        await recorded.program.outcome;
        const count = await recorded.count();
        if (count < recorded.sent) longestMs = Math.max(longestMs, endMs - recorded.sentMs[count]);
        await assertPlayed(recorded.path, count, form === 'mcap');
        if (form === 'mcap') assert.deepEqual(readdirSync(folder), ['out.mcap']);
      };
      for (let kill = 0; kill < kills; kill += 2) await Promise.all([killOne(), killOne()]);
      t.diagnostic(
        `the oldest event that was lost had been sent ${Math.round(longestMs)} ms before the kill`,
      );
      assert.ok(longestMs < LONGEST_LOSS_MS);
    });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    it(`ends with one whole file on ${signal}`, async (t) => {
      const folder = temporaryFolder(t);
      const recorded = await Recorded.start(t, fileIn(folder));
      await recorded.send(500);
      await recorded.untilWritten(500);
      // It can be looked at and played meanwhile.
      await assertSound(recorded.path, 500);
      const { endedBy, written, received, files } = await recorded.end(signal, code);
      assert.deepEqual([endedBy, written, received, files.length], ['signal', 500, 500, 1]);
      assert.deepEqual(readdirSync(folder), ['out.db']);
      await assertSound(recorded.path, 500);
    });

  for (const [form, size] of FULL_DISKS) {
    it(`waits where the disk is full, tells so, and goes on when there is room: out.${form}`, {
      skip: skipWithoutMount(),
    }, async (t) => {
      const disk = mountSmallDisk(t, size);
      const recorded = await Recorded.start(t, fileIn(disk.path, form));
      await recorded.send(8000);
      await recorded.program.waitForOutput(/cannot be written now: the disk is full; free some space/);
      disk.remount('size=64m');
      await recorded.program.waitForOutput(/can be written again; nothing that was received is left out/);
      await recorded.send(100);
      await recorded.untilWritten(8100);
      const { written, received, dropped } = await recorded.end('SIGINT', 130);
      assert.deepEqual([written, received, dropped], [8100, 8100, 0]);
      await assertSound(recorded.path, 8100);
    });

    it(`ends with an error where the disk stays full, and keeps what is written: out.${form}`, {
      skip: skipWithoutMount(),
    }, async (t) => {
      const disk = mountSmallDisk(t, size);
      const recorded = await Recorded.start(t, fileIn(disk.path, form));
      await recorded.send(8000);
      await recorded.program.waitForOutput(/cannot be written now: the disk is full/);
      recorded.program.kill('SIGTERM');
      const { code, stdout, stderr } = await recorded.program.outcome;
      assert.deepEqual([code, stdout], [1, '']);
      const [, written] =
        /the ([\d,]+) events that were written before are whole; [\d,]+ messages that came after them were not\n$/.exec(
          stderr,
        ) ?? [];
      disk.remount('size=64m');
      assert.equal(await recorded.count(), Number(written?.replaceAll(',', '')), stderr);
      await assertSound(recorded.path, await recorded.count(), form === 'mcap');
    });
  }

  it('counts what it drops, by topic, where a lock lasts longer than its queue', async (t) => {
    const recorded = await Recorded.start(t, fileIn(temporaryFolder(t)), '--queue', '256KiB');
    await recorded.send(20);
    await recorded.untilWritten(20);
    const lock = new DatabaseLock(recorded.path);
    t.after(() => lock.close());
    lock.lock();
    await recorded.send(3000);
    await recorded.program.waitForOutput(/cannot be written now: another program has locked it/);
    await recorded.program.waitForOutput(/is written too slowly: events are dropped from now on/);
    lock.unlock();
    await recorded.program.waitForOutput(/can be written again/);
    await until(
      async () => {
        await recorded.send(1);
        return recorded.program.stderr;
      },
      (stderr) => /Events are recorded again; [\d,]+ events were dropped before/.test(stderr),
    );
    lock.close();
    const { received, written, dropped, topics, files } = await recorded.end('SIGINT', 130);
    assert.ok(dropped > 0);
    assert.equal(received, written + dropped);
    assert.equal(files[0].events, written);
    for (const topic of topics) assert.equal(topic.received, topic.written + topic.dropped);
    assert.equal(recordedValues(recorded.path, 'n').length, written);
    await assertSound(recorded.path, written);
  });
});
