import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, renameSync, rmSync, statSync, truncateSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { type ReplayOptions, type ReplayOutcome, startReplay, TcsReplayError } from '../../src/index.js';
import { endAll, freePort, runCli, startCli } from '../support/peer.js';
import { insertEvents, plainEvent, writeEvents } from '../support/stored-event.js';

const EVENTS = 1000;
const folder = mkdtempSync(join(tmpdir(), 'tcs-changing-'));
/** As recorded, and another night that has more events. Neither is changed. */
const [night, other] = [join(folder, 'night.db'), join(folder, 'other.db')];
let copies = 0;

function eventsFrom(first: number, count: number, topic = 'a.b.c') {
  return Array.from({ length: count }, (_, i) =>
    plainEvent(BigInt(first + i), topic, { text: `${first + i}`.padEnd(200, '.') }),
  );
}

function copyOf(path: string): string {
  const copy = join(folder, `copy-${++copies}.db`);
  copyFileSync(path, copy);
  return copy;
}

/** Changes a database by SQL. */
function sql(...statements: string[]): (path: string) => void {
  return (path) => {
    const db = new Database(path);
    for (const statement of statements) db.exec(statement);
    db.close();
  };
}

function append(path: string): void {
  const db = new Database(path);
  insertEvents(db, eventsFrom(EVENTS + 1, 10));
  db.close();
}

/** Plays a copy of the night, which is changed when its first event has been sent. The rest is read after that. */
async function played(
  change: (path: string) => void,
  options: ReplayOptions = {},
): Promise<{ outcome: Promise<ReplayOutcome>; notices: string[]; path: string }> {
  const path = copyOf(night);
  const notices: string[] = [];
  const playback = startReplay({
    databases: path,
    url: `tcp://127.0.0.1:${await freePort()}`,
    waitSetupS: 0,
    startPaused: true,
    speedup: 'max',
    // A thread takes longer to start than to decode this.
    workers: 0,
    batchEvents: 64,
    readAheadBytes: 1,
    cacheFolder: join(folder, 'cache'),
    onNotice: (notice) => notices.push(notice),
    ...options,
  });
  await playback.step();
  change(path);
  playback.resume();
  return { outcome: playback.outcome, notices, path };
}

describe('a database that changes while it is played', { concurrency: 2 }, () => {
  before(() => {
    writeEvents(night, eventsFrom(1, EVENTS));
    writeEvents(other, eventsFrom(1, EVENTS + 500, 'x.y.z'));
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('is not told of where nothing has changed', async () => {
    const { outcome, notices } = await played(() => {});
    const { changes, damage, sent } = await outcome;
    assert.deepEqual([changes, notices, damage.mostFurtherEvents, sent], [[], [], 0, EVENTS]);
  });

  const CHANGES: readonly [what: string, change: (path: string) => void, found: RegExp][] = [
    [
      'all topics are rewritten',
      sql("UPDATE event SET topic = 'x.y.z'"),
      /the event in row 1 is another one/,
    ],
    ['one value is rewritten', sql("UPDATE attribute SET value = 'x' WHERE rowid = 1501"), /was written to/],
    ['its last rows are deleted', sql('DELETE FROM event WHERE event_id > 500'), /its last row is 500/],
    ['its first rows are deleted', sql('DELETE FROM event WHERE event_id < 100'), /its first row is 100/],
    [
      'rows are deleted in its middle, and others added',
      sql('DELETE FROM event WHERE event_id = 501', "INSERT INTO event VALUES (1001, 'a', 1)"),
      /of 1000 rows up to 1000 there are 999/,
    ],
    [
      'rows are numbered anew',
      sql('UPDATE event SET event_id = event_id + 100000'),
      /its first row is 100001/,
    ],
    ['its attributes are deleted', sql('DELETE FROM attribute WHERE event_id > 50'), /another one/],
    ['its tables are dropped', sql('DROP TABLE attribute'), /cannot be read as before|bytes instead of/],
    ['another night is written over it', (path) => copyFileSync(other, path), /is another one/],
    ['another night takes its place', (path) => renameSync(copyOf(other), path), /is another one/],
    ['it is removed', (path) => rmSync(path), /the file is gone/],
    ['its end is cut off', (path) => truncateSync(path, statSync(path).size >> 1), /bytes instead of/],
  ];
  for (const [what, change, found] of CHANGES) {
    it(`is told of where ${what}`, async () => {
      const { outcome, notices, path } = await played(change);
      const ended = await outcome.catch((error: unknown) => error);
      assert.equal(notices.length, 1, String(notices));
      assert.ok(notices[0].startsWith(`${path} has changed while it was read: `), notices[0]);
      assert.match(notices[0], found);
      if (ended instanceof TcsReplayError) {
        assert.deepEqual([ended.code, found.test(ended.message)], ['READ_FAILED', true], ended.message);
        return;
      }
      const { changes, damage } = ended as ReplayOutcome;
      assert.deepEqual(
        changes.map(({ path: named, kind }) => [named, kind]),
        [[path, 'changed']],
      );
      assert.match(changes[0].found, found);
      assert.equal(damage.mostFurtherEvents, null);
    });
  }

  it('is told of where it is written in place and its time is set back', async () => {
    const { outcome } = await played((path) => {
      const { atime, mtime } = statSync(path);
      sql("UPDATE attribute SET value = 'x' WHERE rowid = 1501")(path);
      utimesSync(path, atime, mtime);
    });
    assert.deepEqual(
      (await outcome).changes.map(({ kind }) => kind),
      ['changed'],
    );
  });

  it('is told of once where it grows, pass after pass, and what is played is whole', async () => {
    const { outcome, notices, path } = await played(append, { loop: 3, workers: 1 });
    const { changes, damage, sent, passes } = await outcome;
    const change = { path, kind: 'appended', found: `rows were added after row ${EVENTS}` };
    assert.deepEqual([changes, damage.mostFurtherEvents, sent, passes], [[change], 0, 3 * EVENTS, 3]);
    assert.deepEqual(notices, [`${path} has grown while it was read: ${change.found}; these are left out`]);
  });

  it('is told of at the limit, and when the replay is quit', async () => {
    const change = sql("UPDATE event SET topic = 'x.y.z'");
    const { outcome } = await played(change, { limit: 100 });
    assert.deepEqual(
      (await outcome).changes.map(({ kind }) => kind),
      ['changed'],
    );
    const stop = new AbortController();
    const aborted = await played(
      (path) => {
        change(path);
        stop.abort();
      },
      { signal: stop.signal },
    );
    const { changes, endedBy } = await aborted.outcome;
    assert.deepEqual([endedBy, ...changes.map(({ kind }) => kind)], ['abort', 'changed']);
  });

  const EXIT_CODES: readonly [what: string, change: (path: string) => void, code: number, row: RegExp][] = [
    [
      '3 where it has changed',
      sql("UPDATE event SET topic = 'x.y.z'"),
      3,
      /^ {2}changed +.*is another one$/m,
    ],
    ['0 where it has grown', append, 0, /^ {2}grown +.*rows were added after row 1000$/m],
  ];
  for (const [what, change, code, row] of EXIT_CODES) {
    it(`ends with the exit code ${what}`, async () => {
      const path = copyOf(night);
      const control = `ipc://${path}.control`;
      const play = startCli([
        ...[path, '-u', `tcp://127.0.0.1:${await freePort()}`, '-s', 'max', '--start-paused'],
        ...['--control', control, '--wait-setup', '0', '--batch-events', '64', '--read-ahead', '1'],
      ]);
      const ctl = async (...args: string[]) => {
        const { code: ended, stderr } = await runCli(['ctl', '--url', control, '--timeout', '60', ...args]);
        assert.equal(ended, 0, stderr);
      };
      await ctl('step');
      change(path);
      await ctl('resume');
      const outcome = await play.outcome;
      assert.equal(outcome.code, code, outcome.stderr);
      // A long row goes on below.
      assert.match(outcome.stdout.replace(/\n {4,}/g, ' '), row);
      assert.match(outcome.stderr, code === 0 ? /has grown/ : /has changed/);
    });
  }
});
