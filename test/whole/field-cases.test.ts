/**
 * Cases that users of other programs have reported in public trackers, as they would happen here. docs/field-cases.md
 * lists them with their sources, and says where the others are tested.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { Request } from 'zeromq';
import { type Playback, type ReplayStatus, replay, startReplay } from '../../src/index.js';
import type { FileCheck } from '../../src/inspect/file-check.js';
import { endAll, freePort, type Outcome, RunningProgram, runCli, startCli } from '../support/peer.js';
import { eventOf, type Message, Receiver } from '../support/receiver.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const CLI = fileURLToPath(new URL('../../bundle/cli.cjs', import.meta.url));
const NIGHT_S = 1_521_854_100;
const FAILED = 1;
const WRONG_USAGE = 2;
const NOT_ALL = 3;

after(endAll);

/** An event to write: its topic, its time in seconds since the start of the night, and what names it. */
type Row = readonly [topic: string, atS: number, name: string];

interface NightOptions {
  /** Follows `event_id`, `topic` and `key`, `value`, such as a collation. */
  readonly ids?: string;
  readonly texts?: string;
  readonly encoding?: string;
  readonly hasIndex?: boolean;
  readonly startS?: number;
}

/** Writes a database of events, each with the attribute `name`. */
function writeNight(path: string, rows: readonly Row[], options: NightOptions = {}): string {
  const { ids = '', texts = '', encoding = 'UTF-8', hasIndex = true, startS = NIGHT_S } = options;
  // SQLite itself gives a meaning to some names of files.
  const plain = `${path.slice(0, path.lastIndexOf('/'))}/new.tmp`;
  const db = new Database(plain);
  db.pragma(`encoding = '${encoding}'`);
  db.pragma('synchronous = OFF');
  db.exec(`
    CREATE TABLE event (event_id TEXT ${ids}, topic TEXT ${texts}, data_time REAL);
    CREATE TABLE attribute (event_id TEXT ${ids}, key TEXT ${texts}, value TEXT ${texts}, data_type TEXT ${texts});
    ${hasIndex ? 'CREATE INDEX by_event ON attribute (event_id);' : ''}
  `);
  const event = db.prepare('INSERT INTO event VALUES (?, ?, ?)');
  const attribute = db.prepare('INSERT INTO attribute VALUES (?, ?, ?, ?)');
  db.transaction(() => {
    for (const [i, [topic, atS, name]] of rows.entries()) {
      event.run(String(i + 1), topic, startS + atS);
      attribute.run(String(i + 1), '__wire_time', (startS + atS).toFixed(6), 'number');
      attribute.run(String(i + 1), 'name', name, 'string');
    }
  })();
  db.close();
  renameSync(plain, path);
  return path;
}

const ROWS: readonly Row[] = [
  ['a.b.c', 0, 'first'],
  ['A.B.C', 0.1, 'second'],
  ['a.b.c', 0.2, 'third'],
];

/** Plays what `args` say, flat out, and takes as many events as are expected. */
async function played(
  count: number,
  args: readonly string[],
  files: readonly string[] = [],
): Promise<{ messages: Message[]; outcome: Outcome }> {
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const receiver = Receiver.connected(url);
  try {
    const wait = ['--wait-setup', '0', '--wait-subscribers', '1', '--workers', '0'];
    const [messages, outcome] = await Promise.all([
      receiver.take(count),
      runCli(['-u', url, '-s', 'max', ...wait, ...args, '--', ...files]),
    ]);
    return { messages, outcome };
  } finally {
    receiver.close();
  }
}

const namesOf = (messages: readonly Message[]) => messages.map((message) => eventOf(message).name);

/** Opens a connection, and keeps what the other side does to it from ending the test. */
async function plainConnection(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

describe('A: it does not crash, freeze, or get taken over', () => {
  test('programs that do not speak ZeroMQ, such as port scanners and browsers, are disconnected', async (context) => {
    const [port, controlPort] = [await freePort(), await freePort()];
    const url = `tcp://127.0.0.1:${port}`;
    const control = `tcp://127.0.0.1:${controlPort}`;
    const night = writeNight(join(temporaryFolder(context), 'night.db'), ROWS);
    const receiver = Receiver.connected(url);
    const flags = ['-u', url, '--control', control, '--start-paused', '--wait-setup', '0', '--workers', '0'];
    const program = startCli([...flags, '--wait-subscribers', '1', night]);
    const { code } = await runCli(['ctl', '--url', control, '--timeout', '60s', 'step']);
    assert.equal(code, 0);
    const greeting = Buffer.concat([
      Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]),
      Buffer.from('NULL'),
    ]);
    const sent = [
      'GET / HTTP/1.1\r\nHost: telescope\r\n\r\n',
      'asdfasdf\r\n'.repeat(100),
      Buffer.from('160301020001000200', 'hex'),
      Buffer.alloc(3000, 0xff),
      greeting,
      Buffer.concat([greeting, Buffer.alloc(48), Buffer.alloc(500, 0x41)]),
    ];
    for (const to of [port, controlPort]) {
      for (const bytes of sent) {
        const socket = await plainConnection(to);
        socket.end(bytes);
      }
      (await plainConnection(to)).resetAndDestroy();
    }
    assert.equal((await runCli(['ctl', '--url', control, 'resume'])).code, 0);
    assert.deepEqual(namesOf(await receiver.take(3)), ['first', 'second', 'third']);
    receiver.close();
    assert.equal((await program.outcome).code, 0);
  });

  test('connections that stay idle, more than the process has files for, hold up neither events nor controls', async (context) => {
    const [port, controlPort] = [await freePort(), await freePort()];
    const url = `tcp://127.0.0.1:${port}`;
    const night = writeNight(join(temporaryFolder(context), 'night.db'), ROWS);
    const receiver = Receiver.connected(url);
    const control = new Request({ receiveTimeout: 60_000, linger: 0 });
    control.connect(`tcp://127.0.0.1:${controlPort}`);
    const ask = async (command: string) => {
      await control.send(JSON.stringify({ command }));
      return JSON.parse(String(await control.receive())) as { ok: boolean };
    };
    const flags = ['-u', url, '--control', `tcp://127.0.0.1:${controlPort}`, '--start-paused'];
    const args = [CLI, ...flags, '--wait-setup', '0', '--wait-subscribers', '1', night];
    const program = new RunningProgram('sh', [
      '-c',
      'ulimit -n 128; exec "$0" "$@"',
      process.execPath,
      ...args,
    ]);
    assert.ok((await ask('step')).ok);
    assert.deepEqual(namesOf([await receiver.next()]), ['first']);
    const idle = await Promise.all(Array.from({ length: 150 }, () => plainConnection(port)));
    // libzmq closes connections without a handshake after half a minute: before, nothing went on until then.
    let closed = 0;
    for (const socket of idle) socket.on('close', () => closed++).resume();
    assert.ok((await ask('step')).ok);
    assert.deepEqual(namesOf([await receiver.next()]), ['second']);
    assert.ok(closed < idle.length / 4, `${closed} closed`);
    // At its end the program closes them.
    assert.ok((await ask('resume')).ok);
    assert.deepEqual(namesOf([await receiver.next()]), ['third']);
    for (const socket of idle) socket.destroy();
    receiver.close();
    control.close();
    const { code, stdout, stderr } = await program.outcome;
    assert.equal(code, 0, stderr + stdout);
  });

  test('a current folder that was removed is named as the reason', async (context) => {
    const folder = temporaryFolder(context);
    const night = writeNight(join(folder, 'night.db'), ROWS);
    const gone = join(folder, 'gone');
    mkdirSync(gone);
    const script = 'cd "$1" && rmdir "$1" && exec "$0" "$2" info "$3"';
    const { code, stderr } = await new RunningProgram('sh', [
      '-c',
      script,
      process.execPath,
      gone,
      CLI,
      night,
    ]).outcome;
    assert.equal(
      stderr,
      'error: The current folder has been removed: change to one that exists (cd), and try again\n',
    );
    assert.equal(code, FAILED);
  });

  test('with too few files allowed, no database of a folder is passed over: the error names the limit', async (context) => {
    const folder = temporaryFolder(context);
    for (let i = 0; i < 45; i++) writeNight(join(folder, `n${i}.db`), [['a.b.c', i, String(i)]]);
    const args = ['-S', '__wire_time', '-s', 'max', '-u', `tcp://127.0.0.1:${await freePort()}`, folder];
    const script = 'ulimit -n 60; exec "$0" "$@"';
    const { code, stderr } = await new RunningProgram('sh', ['-c', script, process.execPath, CLI, ...args])
      .outcome;
    assert.match(
      stderr,
      /^error: Too many files are open: allow this process more \(ulimit -n 4096\)[^\n]*\n$/,
    );
    assert.equal(code, FAILED);
    // A soft limit is raised by Node itself.
    const soft = [
      '-c',
      'ulimit -S -n 60; exec "$0" "$@" --wait-setup 0 --json',
      process.execPath,
      CLI,
      ...args,
    ];
    const { stdout } = await new RunningProgram('sh', soft).outcome;
    assert.equal((JSON.parse(stdout) as { sent: number }).sent, 45);
  });

  test('columns and an index in a collation of another program do not keep a database from being played', async (context) => {
    const folder = temporaryFolder(context);
    for (const [name, ids] of [
      ['texts.db', ''],
      ['ids.db', 'COLLATE LOCALIZED'],
    ]) {
      // Only a program that has the collation can make an index by it: it is made by one that all have, and renamed.
      const path = writeNight(join(folder, name), ROWS, {
        ids: ids.replace('LOCALIZED', 'NOCASE'),
        texts: 'COLLATE NOCASE',
      });
      const db = new Database(path);
      db.unsafeMode();
      db.pragma('writable_schema = ON');
      db.exec(`UPDATE sqlite_schema SET sql = replace(sql, 'NOCASE', 'LOCALIZED')`);
      db.close();
      const { messages, outcome } = await played(2, ['-t', 'a.b.c'], [path]);
      assert.deepEqual(namesOf(messages), ['first', 'third']);
      assert.equal(outcome.code, 0);
      assert.deepEqual(namesOf((await played(3, ['-S', '__wire_time'], [path])).messages), [
        'first',
        'second',
        'third',
      ]);
      const { findings } = (
        JSON.parse((await runCli(['check', '--workers', '0', '--json', path])).stdout) as FileCheck[]
      )[0] as FileCheck;
      // Its events lack known keys, and one of the indices cannot be compared with its table.
      assert.ok(
        findings.every(({ kind }) => kind === 'missingKey' || kind === 'foreignIndex'),
        JSON.stringify(findings),
      );
      assert.equal((await runCli(['info', '--workers', '0', path])).code, 0);
    }
  });

  test('generate never replaces a device, a pipe or a socket', async (context) => {
    const folder = temporaryFolder(context);
    const pipe = join(folder, 'pipe');
    spawnSync('mkfifo', [pipe]);
    symlinkSync('pipe', join(folder, 'link'));
    for (const path of [pipe, join(folder, 'link')]) {
      const { code, stderr } = await runCli(['generate', '--force', '--events', '10', path]);
      assert.match(
        stderr,
        /^error: Expected the path of a file to write, got a device, a pipe or a socket, which is never/,
      );
      assert.equal(code, FAILED);
    }
    assert.ok(lstatSync(pipe).isFIFO());
    assert.deepEqual(readdirSync(folder).sort(), ['link', 'pipe']);
  });

  test('a pipe for --hlog that no program reads is refused, and one that is read is written', async (context) => {
    const folder = temporaryFolder(context);
    const night = writeNight(join(folder, 'night.db'), ROWS);
    const pipe = join(folder, 'pipe');
    spawnSync('mkfifo', [pipe]);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const args = ['-u', url, '--wait-setup', '0', '--workers', '0', '--hlog', pipe, night];
    const refused = await runCli(args);
    assert.match(
      refused.stderr,
      /^error: Expected a program that reads the pipe \S+, found none: start it first\n$/,
    );
    assert.equal(refused.code, FAILED);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    assert.equal((await runCli(args)).code, 0);
    assert.match(readFileSync(reader, 'utf8'), /^#\[Logged with tcs-replay/);
    closeSync(reader);
  });

  test('a silence of forty days, longer than a timer of Node, is waited for', async (context) => {
    const folder = temporaryFolder(context);
    const fortyDays = 40 * 86_400;
    const night = writeNight(join(folder, 'night.db'), [
      ['a.b.c', 0, 'before'],
      ['a.b.c', fortyDays, 'after'],
    ]);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const receiver = Receiver.connected(url);
    const playback = startReplay({ databases: night, url, waitSetupS: 0, waitSubscribers: 1, workers: 0 });
    assert.deepEqual(namesOf([await receiver.next()]), ['before']);
    // A timer of more than 2^31 ms ends at once: then both events would be sent.
    const { state, sent, nextInS } = await untilIt(playback, ({ nextInS }) => nextInS > 0);
    assert.deepEqual([state, sent], ['playing', 1]);
    assert.ok(nextInS > fortyDays - 600 && nextInS <= fortyDays, `${nextInS}`);
    playback.quit();
    assert.equal((await playback.outcome).sent, 1);
    receiver.close();
  });
});

describe('B: what it plays is true', () => {
  test('names of files that mean something in a URI, in a pattern or to SQLite are only names', async (context) => {
    const folder = temporaryFolder(context);
    const names = [
      'night#1.db',
      'night%41.db',
      'nightA.db',
      'night?mode=rwc.db',
      'file:night.db',
      ':memory:',
      `a b'"$x.db`,
      'ночь.db',
      '[1].db',
      '{a,b}.db',
      'night*.db',
      '-n.db',
      ' blank.db',
    ];
    // Each is a second after the one before: they are played in this order.
    for (const [i, name] of names.entries()) writeNight(join(folder, name), [['a.b.c', i, name]]);
    const { messages, outcome } = await played(
      names.length,
      [],
      names.map((name) => join(folder, name)),
    );
    assert.deepEqual(namesOf(messages), names);
    assert.equal(outcome.code, 0);
    const cwd = { cwd: folder };
    const address = `tcp://127.0.0.1:${await freePort()}`;
    const flags = ['-u', address, '--wait-setup', '0', '--workers', '0', '--json'];
    for (const name of [':memory:', 'file:night.db', '-n.db', 'night?mode=rwc.db']) {
      const { stdout } = await runCli([...flags, '--', name], cwd);
      assert.equal((JSON.parse(stdout) as { sent: number }).sent, 1, name);
    }
    assert.deepEqual(readdirSync(folder).sort(), [...names].sort());
    writeNight(join(folder, 'night.db'), [['a.b.c', 0, 'another']]);
    writeNight(join(folder, 'night.db '), [['a.b.c', 0, 'blank at its end']]);
    const { code, stderr } = await runCli([join(folder, 'night.db ')]);
    assert.match(
      stderr,
      /^error: Cannot read \S+night\.db : its name ends in white space, [^\n]*: rename it\n$/,
    );
    assert.equal(code, FAILED);
  });

  test('texts in UTF-16, and those with a NUL, are played whole', async (context) => {
    const folder = temporaryFolder(context);
    const text = 'Größe Ж 🔭 "q" \\ \n\0 after';
    const rows: Row[] = [['ä.b.c', 0, text]];
    for (const encoding of ['UTF-8', 'UTF-16le', 'UTF-16be']) {
      for (const hasIndex of [true, false]) {
        const night = writeNight(join(folder, 'night.db'), rows, { encoding, hasIndex });
        const { messages } = await played(1, ['-S', '__wire_time', '-t', 'ä.*'], [night]);
        assert.deepEqual([messages[0].topic, eventOf(messages[0]).name], ['ä.b.c', text]);
      }
    }
  });

  test('events of one time keep the order in which they were recorded, in whatever order they are played', async (context) => {
    const rows = Array.from(
      { length: 3000 },
      (_, i): Row => [`t.t.t${i % 7}`, Math.floor(i / 1500), String(i)],
    );
    const night = writeNight(join(temporaryFolder(context), 'night.db'), rows);
    const names = rows.map(([, , name]) => name);
    for (const order of ['none', '__wire_time', '__data_time']) {
      const { messages } = await played(rows.length, ['-S', order], [night]);
      assert.deepEqual(namesOf(messages), names, order);
    }
  });

  test('recordings are joined by time at their borders, with the topics that are wanted of each', async (context) => {
    const folder = temporaryFolder(context);
    // The second one begins before the first one ends; the third one has equal times.
    const files = [
      writeNight(join(folder, '3.db'), [
        ['a.b.c', 3, 'k'],
        ['a.b.c', 3, 'l'],
        ['a.b.d', 3, 'no'],
      ]),
      writeNight(join(folder, '2.db'), [
        ['a.b.c', 1.5, 'c'],
        ['a.b.d', 1.6, 'no'],
        ['a.b.c', 3, 'f'],
      ]),
      writeNight(join(folder, '1.db'), [
        ['a.b.c', 0, 'a'],
        ['a.b.d', 0.5, 'no'],
        ['a.b.c', 1, 'b'],
        ['a.b.c', 2, 'd'],
        ['a.b.c', 2, 'e'],
      ]),
    ];
    for (const order of ['none', '__wire_time']) {
      const { messages } = await played(8, ['-t', 'a.b.c', '-S', order], files);
      assert.deepEqual(namesOf(messages).join(''), 'abcdefkl', order);
    }
  });

  test('a start, an end and the state before them are exact at the borders of recordings', async (context) => {
    const folder = temporaryFolder(context);
    const files = [
      writeNight(join(folder, '1.db'), [
        ['x.y.a', 0, '1'],
        ['x.y.b', 1, '2'],
        ['x.y.a', 2, '3'],
      ]),
      writeNight(join(folder, '2.db'), [
        ['x.y.a', 3, '4'],
        ['x.y.b', 4, '5'],
        ['x.y.c', 4, '6'],
        ['x.y.a', 4, '7'],
      ]),
    ];
    const primed: [atS: number, names: string][] = [
      [0, '1234567'],
      [1, '1234567'],
      [2, '1234567'],
      [2.5, '234567'],
      [3, '234567'],
      [3.5, '24567'],
      [4, '24567'],
    ];
    for (const [atS, names] of primed) {
      const start = ['--start', String(NIGHT_S + atS), '--prime'];
      const { messages } = await played(names.length, start, files);
      assert.equal(namesOf(messages).join(''), names, `from ${atS} s`);
    }
    const part = ['--start', String(NIGHT_S + 1), '--end', String(NIGHT_S + 3)];
    assert.equal(namesOf((await played(2, part, files)).messages).join(''), '23');
  });

  test('each pass keeps the recorded pace, and so does what follows a pause', async (context) => {
    const rows = Array.from({ length: 5 }, (_, i): Row => ['a.b.c', i / 5, String(i)]);
    const night = writeNight(join(temporaryFolder(context), 'night.db'), rows);
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const receiver = Receiver.connected(url);
    const playback = startReplay({
      databases: night,
      url,
      waitSetupS: 0,
      waitSubscribers: 1,
      workers: 0,
      loop: 3,
    });
    const first = await receiver.take(2);
    playback.pause();
    await untilIt(playback, ({ state }) => state === 'paused');
    playback.resume();
    const messages = [...first, ...(await receiver.take(13))];
    const timesS = messages.map((message) => Number(eventOf(message).__wire_time));
    // What an event says of itself is when it was due: the machine may be late.
    for (const [i, timeS] of timesS.entries()) {
      if (i % 5 === 0 || i === 2) continue;
      assert.ok(Math.abs(timeS - timesS[i - 1] - 0.2) < 1e-5, `${i}: ${timeS - timesS[i - 1]}`);
    }
    assert.ok(timesS[2] - timesS[1] >= 0.2 - 1e-5);
    const { durationS, pauses } = await playback.outcome;
    assert.ok(durationS >= 2.4 + pauses.totalS - 1e-3, `${durationS}`);
    receiver.close();
  });

  test('the turn of a year, a leap second, 2038, 2106 and times before 1970 are times like others', async (context) => {
    const folder = temporaryFolder(context);
    const turns = [1_514_764_800, 1_483_228_800, 1_520_755_200, 2 ** 31, 2 ** 32, 0, -(2 ** 31)];
    for (const turnS of turns) {
      const rows = Array.from({ length: 6 }, (_, i): Row => ['a.b.c', i / 10 - 0.25, String(i)]);
      const night = writeNight(join(folder, 'night.db'), rows, { startS: turnS });
      // Unix seconds below 0 cannot be given: they count from the last event.
      const start = turnS > 0 ? ['--start', String(turnS - 0.2)] : ['--start', '+0.05s'];
      const { messages } = await played(5, [...start, '-S', '__wire_time'], [night]);
      assert.equal(namesOf(messages).join(''), '12345', `${turnS}`);
      const url = `tcp://127.0.0.1:${await freePort()}`;
      const { durationS } = await replay({ databases: night, url, waitSetupS: 0, workers: 0 });
      assert.ok(durationS >= 0.49, `${turnS}: ${durationS}`);
    }
  });

  test('events of one topic at one moment, equal in all, are all played', async (context) => {
    const rows = Array.from({ length: 4 }, (): Row => ['a.b.c', 0.123456, 'same']);
    const night = writeNight(join(temporaryFolder(context), 'night.db'), rows);
    const { messages } = await played(4, [], [night, night]);
    assert.deepEqual(namesOf(messages), ['same', 'same', 'same', 'same']);
  });

  test('keys, ids and types are compared by their bytes, whatever a NOCASE column says', async (context) => {
    const folder = temporaryFolder(context);
    const path = writeNight(join(folder, 'night.db'), ROWS, {
      ids: 'COLLATE NOCASE',
      texts: 'COLLATE NOCASE',
    });
    const db = new Database(path);
    db.exec(`
      UPDATE event SET event_id = 'x' WHERE event_id = '1'; UPDATE attribute SET event_id = 'x' WHERE event_id = '1';
      UPDATE event SET event_id = 'X' WHERE event_id = '2'; UPDATE attribute SET event_id = 'X' WHERE event_id = '2';
      INSERT INTO attribute VALUES ('x', 'n', '12', 'Number'), ('x', '__WIRE_TIME', '5', 'number');
    `);
    db.close();
    const { messages } = await played(
      3,
      ['--convert-number', '--times', 'original', '-S', '__wire_time'],
      [path],
    );
    assert.deepEqual(eventOf(messages[0]), { __wire_time: NIGHT_S, name: 'first', n: '12', __WIRE_TIME: 5 });
    assert.deepEqual(namesOf(messages), ['first', 'second', 'third']);
    assert.match(
      (await runCli(['check', '--workers', '0', path])).stdout,
      /3 events looked at\n {2}oddity {2}known keys that an event lacks/,
    );
  });

  test('listen shows a number with the digits that it came with', async (context) => {
    const night = writeNight(join(temporaryFolder(context), 'night.db'), [['a.b.c', 0, 'x']]);
    const db = new Database(night);
    db.exec(
      `INSERT INTO attribute VALUES ('1', 'big', '12345678901234567890', 'number'), ('1', 'zero', '-0.50', 'number')`,
    );
    db.close();
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const flags = [
      '-u',
      url,
      '--convert-number',
      '--wait-setup',
      '0',
      '--wait-subscribers',
      '1',
      '--workers',
      '0',
    ];
    const [{ stdout }] = await Promise.all([
      runCli(['listen', '--count', '1', '--timeout', '60', url]),
      runCli([...flags, night]),
    ]);
    assert.match(stdout, / a\.b\.c .* name=x big=12345678901234567890 zero=-0\.50\n$/);
  });
});

describe('C: it tells', () => {
  test('a link to a file that is missing is named, and is not passed over without a word', async (context) => {
    const folder = temporaryFolder(context);
    const night = writeNight(join(folder, 'night.db'), ROWS);
    symlinkSync('.git/annex/objects/none.db', join(folder, 'fetch.db'));
    symlinkSync('self.db', join(folder, 'self.db'));
    const { messages, outcome } = await played(3, [], [folder]);
    assert.equal(messages.length, 3);
    assert.equal(outcome.code, NOT_ALL);
    assert.match(
      outcome.stderr,
      /No such file: \S+fetch\.db: it is a link to \.git\/annex\/objects\/none\.db, which is missing: /,
    );
    assert.match(outcome.stderr, /Cannot read \S+self\.db: ELOOP/);
    const named = await runCli([night, join(folder, 'fetch.db')]);
    assert.match(named.stderr, /^error: No such file: \S+fetch\.db: it is a link to \S+, which is missing: /);
    assert.equal(named.code, FAILED);
  });

  test('a file in a format of the future is not called no database', async (context) => {
    const night = writeNight(join(temporaryFolder(context), 'night.db'), ROWS);
    const bytes = readFileSync(night);
    bytes.fill(3, 18, 20);
    writeFileSync(night, bytes);
    for (const command of [[], ['info'], ['check']]) {
      const { stdout, stderr } = await runCli([...command, '--workers', '0', night]);
      assert.match(
        stdout + stderr,
        /it is in version 3 of SQLite's format, and this program reads versions 1 and 2/,
      );
    }
  });

  test('an address that cannot be is refused for what is wrong with it', async (context) => {
    const folder = temporaryFolder(context);
    const night = writeNight(join(folder, 'night.db'), ROWS);
    const addresses: [url: string, says: RegExp][] = [
      [`ipc://${folder}/none/events`, /^error: Cannot bind to \S+: there is no folder \S+\/none\n$/],
      [`ipc:///tmp/${'x'.repeat(110)}`, /: its path has 115 bytes, and the system takes at most 107 /],
      ['tcp://127.0.0.1:-1', /^error: Expected a port up to 65535 in tcp:\/\/127\.0\.0\.1:-1\n$/],
      ['tcp://192.0.2.1:5556', /: this machine has no such address or interface\n$/],
    ];
    for (const [url, says] of addresses) {
      const { code, stderr } = await runCli(['-u', url, '--wait-setup', '0', '--workers', '0', night]);
      assert.match(stderr, says);
      assert.equal(code, WRONG_USAGE);
    }
  });

  test('a document of JSON comes whole through a pipe whose reader is slow', async (context) => {
    const rows = Array.from({ length: 1000 }, (_, i): Row => [`t${i}.b.c`, i / 100, String(i)]);
    const night = writeNight(join(temporaryFolder(context), 'night.db'), rows);
    // The reader begins when the program has filled the pipe, which holds 64 KB.
    const script = '"$0" "$1" info --json "$2" | { sleep 1; cat; }';
    const { stdout } = await new RunningProgram('sh', ['-c', script, process.execPath, CLI, night]).outcome;
    assert.ok(stdout.length > 300_000);
    assert.equal((JSON.parse(stdout) as { survey: { topics: unknown[] } }).survey.topics.length, 1000);
  });

  test('a file of no bytes, a database of no tables, and a misspelt command are named as what they are', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'zero.db'), '');
    const empty = new Database(join(folder, 'empty.db'));
    empty.exec('CREATE TABLE x (a); DROP TABLE x');
    empty.close();
    const cases: [args: string[], says: RegExp][] = [
      [[join(folder, 'zero.db')], /^error: Not a SQLite database: \S+ is empty\n$/],
      [[join(folder, 'empty.db')], /^error: No table event or events in \S+: found no table\n$/],
      [['inof', join(folder, 'zero.db')], /^error: No such file: inof; did you mean the command info\?\n$/],
    ];
    for (const [args, says] of cases) {
      const { code, stderr } = await runCli(args);
      assert.match(stderr, says);
      assert.equal(code, FAILED);
    }
  });

  test('without a terminal, nothing that it writes has colours or control characters, whatever the environment says', async (context) => {
    const night = writeNight(join(temporaryFolder(context), 'night.db'), ROWS);
    const env = { FORCE_COLOR: '1', CLICOLOR_FORCE: '1', TERM: 'xterm-256color', TZ: 'Foo/Bar', LC_ALL: 'C' };
    for (const args of [['info', night], ['--help'], ['cache']]) {
      const { code, stdout, stderr } = await runCli(args, { env });
      assert.doesNotMatch(stdout + stderr, /[^\P{Cc}\n]/u);
      assert.equal(code, 0);
    }
  });

  test('a program whose standard streams are closed plays, and writes into no other file', async (context) => {
    const night = writeNight(join(temporaryFolder(context), 'night.db'), ROWS);
    const before = readFileSync(night);
    const args = [CLI, '-u', `tcp://127.0.0.1:${await freePort()}`, '--wait-setup', '0', night];
    const script = '"$0" "$@" <&- >&- 2>&-';
    const { code } = await new RunningProgram('sh', ['-c', script, process.execPath, ...args]).outcome;
    assert.equal(code, 0);
    assert.deepEqual(readFileSync(night), before);
  });
});

/** The status of a replay, once it is as wanted. */
async function untilIt(
  playback: Playback,
  isWanted: (status: ReplayStatus) => boolean,
): Promise<ReplayStatus> {
  for (;;) {
    const status = playback.status();
    if (isWanted(status)) return status;
    await delay(10);
  }
}
