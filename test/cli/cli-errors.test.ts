import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { writeTopicsNight } from '../support/odd-night.js';
import { endAll, RunningProgram, runCli, startCli } from '../support/peer.js';

const RUNS_AT_ONCE = 2;
const FAILED = 1;
const WRONG_USAGE = 2;

const CLI = fileURLToPath(new URL('../../bundle/cli.cjs', import.meta.url));
const PACKAGE = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
  bin: Record<string, string>;
};

const folder = mkdtempSync(join(tmpdir(), 'tcs-errors-'));
const inFolder = (name: string) => join(folder, name);
const NIGHT = inFolder('night.db');

interface Failure {
  readonly what: string;
  readonly args: readonly string[];
  readonly says: RegExp;
}

const FAILURES: Failure[] = [
  { what: 'no such file', args: [inFolder('none.db')], says: /: No such file: \S+none\.db$/ },
  {
    what: 'no such file, after one that is there',
    args: [NIGHT, inFolder('none.db')],
    says: /No such file: \S+none\.db$/,
  },
  {
    what: 'a misspelt command',
    args: ['genrate', 'x.db'],
    says: /No such file: genrate; did you mean the command generate\?$/,
  },
  {
    what: 'a directory',
    args: [inFolder('folder')],
    says: /No recording in the folder \S+folder: found none that ends in \.db, .* among 0 files$/,
  },
  { what: 'an empty file', args: [inFolder('empty.db')], says: /Not a SQLite database: \S+ is empty$/ },
  { what: 'a text file', args: [inFolder('text.db')], says: /Not a SQLite database: \S+text\.db/ },
  {
    what: 'a database that is cut off in its first page',
    args: [inFolder('truncated.db')],
    says: /Cannot read \S+truncated\.db: .*malformed/,
  },
  {
    what: 'no event table',
    args: [inFolder('no-event.db')],
    says: /No table event or events in \S+: found attribute, stars; if that is stars, give --schema event\.table=stars$/,
  },
  {
    what: 'no attribute table',
    args: [inFolder('no-attribute.db')],
    says: /No table attribute or attributes in \S+: found event$/,
  },
  { what: 'no table at all', args: [inFolder('no-table.db')], says: /found no table$/ },
  {
    what: 'a missing column',
    args: [inFolder('no-value.db')],
    says: /has no column value or val: found event_id, key, data_type; name it by --schema attribute\.value=NAME$/,
  },
  {
    what: 'the same, of info',
    args: ['info', inFolder('no-value.db')],
    says: /name it by --schema attribute\.value=NAME$/,
  },
];

const WRONG_USAGES: Failure[] = [
  {
    what: 'a database that was taken for a topic',
    args: ['-t', 'tracker.*', NIGHT],
    says: /night\.db was taken for a topic, since -t takes all words that follow it: put databases first, or -- before them, as in "-t 'tracker\.\*' -- \S+night\.db"$/,
  },
  {
    what: 'a database that was taken for a topic to leave out, beside another one',
    args: [NIGHT, '--exclude', NIGHT],
    says: /night\.db was taken for a topic, since --exclude takes all words/,
  },
  {
    what: 'an address that was taken for a topic',
    args: ['listen', '-t', 'tracker.*', 'tcp://127.0.0.1:5556'],
    says: /tcp:\/\/127\.0\.0\.1:5556 was taken for a topic, since -t takes all words that follow it: put addresses first, or -- before them, as in "-t 'tracker\.\*' -- tcp:\/\/127\.0\.0\.1:5556"$/,
  },
  {
    what: 'an address that was taken for a topic, beside another one',
    args: ['listen', 'tcp://127.0.0.1:5556', '-t', 'tracker.*', 'ipc:///tmp/events'],
    says: /ipc:\/\/\/tmp\/events was taken for a topic, since -t/,
  },
  {
    what: 'what was sent and received, taken for topics',
    args: ['verify', '-t', 'tracker.*', NIGHT, NIGHT],
    says: /night\.db was taken for a topic, since -t takes .* as in "-t 'tracker\.\*' -- \S+night\.db \S+night\.db"$/,
  },
  {
    what: 'nothing received to verify',
    args: ['verify', NIGHT],
    says: /missing required argument 'received'$/,
  },
  {
    what: 'a database that was taken for a key file',
    args: ['--curve-clients', 'observers/', NIGHT],
    says: /night\.db was taken for a key file, since --curve-clients takes all words that follow it/,
  },
  ...['wire_time', '__wire_tme'].map((order) => ({
    what: `the order ${order}`,
    args: [NIGHT, '--sort-by', order],
    says: new RegExp(
      `Expected --sort-by to be none, __data_time or __wire_time, got "${order}"; did you mean __wire_time\\?$`,
    ),
  })),
  {
    what: 'an order like none that is known',
    args: [NIGHT, '-S', 'alphabetical'],
    says: /got "alphabetical"$/,
  },
  ...['0', '-1', 'NaN', 'abc'].map((value) =>
    wrongValue('--speedup', value, 'a number from 0.000001 to 1000000000, or max'),
  ),
  ...['-1', 'many', '2147483648'].map((value) =>
    wrongValue('--hwm', value, 'a whole number, 0 to 2147483647'),
  ),
  ...['-1', '65'].map((value) => wrongValue('--workers', value, 'a whole number, 0 to 64')),
  wrongValue('--batch-events', '0', 'a whole number, 1 to 65536'),
  ...['0', '16 MegaByte'].map((value) => wrongValue('--read-ahead', value, 'a size such as 64MiB')),
  ...['0', '1.5'].map((value) => wrongValue('--limit', value, 'a whole number, 1 or more')),
  ...['-1', 'x'].map((value) => wrongValue('--wait-setup', value, 'a number, 0 to 2000000')),
  ...['-1', 'x'].map((value) => wrongValue('--sleep', value, 'a number, 0 to 2000000')),
  wrongValue('--times', 'orignal', 'replay, now or original', '; did you mean original\\?'),
  wrongValue('--format', 'msgpck', 'json or msgpack', '; did you mean msgpack\\?'),
  { what: 'an unknown option', args: [NIGHT, '--spedup', '2'], says: /'--spedup'.*--speedup\?/ },
  { what: 'an unknown option of a command', args: ['listen', '--jsn'], says: /'--jsn'.*--json\?/ },
  {
    what: 'an option without its value',
    args: [NIGHT, '--limit'],
    says: /'--limit <events>' argument missing/,
  },
  { what: 'a missing argument', args: ['generate'], says: /missing required argument 'OUT\.db'/ },
  ...['night', 'tcp://nowhere', 'http://127.0.0.1:5556', ''].map((url) => ({
    what: `the address "${url}"`,
    args: [NIGHT, '-u', url],
    says: new RegExp(`Cannot bind to ${url}: expected an address like tcp://127\\.0\\.0\\.1:5556`),
  })),
  {
    what: 'a port beyond the last',
    args: [NIGHT, '-u', 'tcp://127.0.0.1:99999'],
    says: /^error: Expected a port up to 65535 in tcp:\/\/127\.0\.0\.1:99999$/,
  },
  {
    what: 'an address of another machine',
    args: [NIGHT, '-u', 'tcp://192.0.2.1:5556'],
    says: /Cannot bind to tcp:\/\/192\.0\.2\.1:5556: this machine has no such address/,
  },
  {
    what: 'a bad address to connect to',
    args: [NIGHT, '--connect', 'night'],
    says: /Cannot connect to night: /,
  },
];

/** The options of the reference, and what its help must say of their defaults. */
const REFERENCE_OPTIONS: [option: string, more: string][] = [
  ['[db...]', 'none: a mock event'],
  ['-h, --help', ''],
  ['-V, --version', ''],
  ['-u, --url', '(default: tcp://127.0.0.1:5556)'],
  ['--wait-setup', '(default: 1)'],
  ['--serve-forever', ''],
  ['-s, --speedup', '(default: 1)'],
  ['-t, --topics', '(default: all)'],
  ['-S, --sort-by', 'none, __data_time, __wire_time (default: "none")'],
  ['--convert-number', ''],
  ['--convert-bool', ''],
  ['--sleep', '(default: 1)'],
];

describe('the command line', { concurrency: RUNS_AT_ONCE }, () => {
  /** What makes a run that should have failed end soon. Several run at once: each is bound to a port that is free. */
  const harmless = [
    '-u',
    'tcp://127.0.0.1:*',
    '--wait-setup',
    '0',
    '-s',
    'max',
    '--sleep',
    '0',
    '--limit',
    '1',
  ];
  /** What is wrong with a database is found by a thread, which takes time to start: some do without. */
  const workersOf = (code: number, i: number) => ['--workers', code === FAILED && i % 3 === 0 ? '1' : '0'];

  before(makeFiles);

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  for (const [code, failures] of [
    [FAILED, FAILURES],
    [WRONG_USAGE, WRONG_USAGES],
  ] as const) {
    for (const [i, { what, args, says }] of failures.entries()) {
      it(`says in one line what is wrong, and exits with ${code}: ${what}`, async () => {
        const isOfCommand = ['listen', 'generate', 'verify'].includes(args[0]);
        await assertFails(isOfCommand ? args : [...harmless, ...workersOf(code, i), ...args], code, says);
      });
    }
  }

  for (const [code, args] of [
    [FAILED, ['none.db']],
    [WRONG_USAGE, ['--speedup', '0']],
  ] as const) {
    it(`exits with ${code} as a process too`, async () => {
      const { signal, stdout, ...ended } = await startCli([...harmless, ...args]).outcome;
      assert.deepEqual([ended.code, signal, stdout], [code, null, '']);
      assert.match(ended.stderr, /^error: [^\n]+\n$/);
    });
  }

  it('says that an address is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    try {
      const url = `tcp://127.0.0.1:${port}`;
      await assertFails(
        [...harmless, NIGHT, '-u', url],
        FAILED,
        new RegExp(`bind to ${url}: the address is in use`),
      );
    } finally {
      server.close();
    }
  });

  it('has a database before "-t" in the examples of its help, since "-t" takes all that follows it', async () => {
    const { stdout } = await runCli(['--help']);
    assert.match(stdout, /-t '/);
    assert.doesNotMatch(stdout, /-t '[^']*' \S+\.db/);
  });

  it('prints its help on stdout, with every option of the reference and its default', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const entries = entriesOfHelp(stdout);
    for (const [option, more] of REFERENCE_OPTIONS) {
      const name = option === '[db...]' ? 'db' : option;
      const entry = entries.find((text) => text.startsWith(`${name} `));
      assert.ok(entry?.includes(more), `${option}: ${entry}`);
    }
    assert.match(stdout, /^Usage: tcs-replay .*\[db\.\.\.\]$/m);
  });

  for (const option of ['--version', '-V']) {
    it(`prints its version on stdout: ${option}`, async () => {
      const { code, stdout, stderr } = await startCli([option]).outcome;
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${PACKAGE.version}\n`, stderr: '' });
    });
  }

  it('is the same program under the name of the reference', async () => {
    assert.equal(PACKAGE.bin.tcs_replay, PACKAGE.bin['tcs-replay']);
    const link = inFolder('tcs_replay');
    symlinkSync(CLI, link);
    const [named, same] = await Promise.all([
      new RunningProgram(process.execPath, [link, '--help']).outcome,
      startCli(['--help']).outcome,
    ]);
    assert.deepEqual(named, same);
  });
});

function wrongValue(option: string, value: string, expected: string, hint = ''): Failure {
  return {
    what: `${option} "${value}"`,
    args: [NIGHT, `${option}=${value}`],
    says: new RegExp(`Expected ${option} to be ${expected}, got "${value}"${hint}$`),
  };
}

async function assertFails(args: readonly string[], exitCode: number, says: RegExp): Promise<void> {
  const { code, stdout, stderr } = await runCli(args);
  assert.deepEqual({ code, stdout }, { code: exitCode, stdout: '' }, stderr);
  assert.match(stderr, /^error: [^\n]+\n$/);
  assert.match(stderr.trimEnd(), says);
}

/** What help says of each argument, option and command, on one line each. */
function entriesOfHelp(help: string): string[] {
  return help.split(/\n {2}(?=\S)/).map((entry) => entry.replace(/\s+/g, ' '));
}

function makeFiles(): void {
  writeTopicsNight(NIGHT, { events: 10 });
  mkdirSync(inFolder('folder'));
  writeFileSync(inFolder('empty.db'), '');
  writeFileSync(inFolder('text.db'), 'event,topic\n1,lrs2.hardware.status\n'.repeat(100));
  writeTopicsNight(inFolder('truncated.db'), { events: 1000 });
  truncateSync(inFolder('truncated.db'), 2048);
  const event = 'CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT, data_time REAL);';
  const attribute = 'CREATE TABLE attribute (event_id INTEGER, key TEXT, value TEXT, data_type TEXT);';
  makeDatabase('no-event.db', `CREATE TABLE stars (name TEXT); ${attribute}`);
  makeDatabase('no-attribute.db', event);
  makeDatabase('no-table.db', 'PRAGMA user_version = 1');
  makeDatabase('no-value.db', `${event} ${attribute.replace('value TEXT, ', '')}`);
}

function makeDatabase(name: string, sql: string): void {
  const db = new Database(inFolder(name));
  db.exec(sql);
  db.close();
}
