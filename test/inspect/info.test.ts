import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writeOddNight, writeTopicsNight } from '../support/odd-night.js';
import {
  endAll,
  findPython,
  type Outcome,
  RunningProgram,
  runCli,
  skipWithoutPython,
  startCli,
} from '../support/peer.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const CLI = fileURLToPath(new URL('../../bundle/cli.cjs', import.meta.url));
const RUNS_AT_ONCE = 3;
/** 2023-11-14 22:13:20 UTC, as the nights that are written here begin. */
const START_S = 1_700_000_000;
const DAY_S = 86_400;

const folder = mkdtempSync(join(tmpdir(), 'tcs-info-'));
const path = (name: string) => join(folder, `${name}.db`);

describe('tcs-replay info', { concurrency: RUNS_AT_ONCE }, () => {
  before(() => {
    writeTopicsNight(path('plain'), { events: 3000 });
    writeOddNight(path('odd'));
    writeNights(path('nights'), [0, DAY_S, 2 * DAY_S]);
    writeNights(path('wal'), [5 * DAY_S]);
    const db = createDatabase(path('wal'));
    db.pragma('journal_mode = WAL');
    db.close();
    writeUnindexed(path('unindexed'));
  });

  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('counts events, attributes, topics and bytes, and says how the database was understood', async () => {
    const { files, survey } = await infoJson([path('plain')]);
    assert.equal(files.length, 1);
    const { schema, indices, rows, attributes, pageBytes, journalMode } = files[0];
    assert.deepEqual(rows, { first: 2, last: 6601 });
    assert.deepEqual([attributes, pageBytes, journalMode], [30_060, 4096, 'rollback']);
    assert.equal(schema.event.topic.column, 'topic');
    assert.deepEqual(indices, [
      { table: 'attribute', name: 'attribute_event_id', columns: ['event_id'], isUnique: false },
    ]);
    assert.deepEqual([survey.events, survey.topics.length], [3000, 10]);
    assert.deepEqual([survey.firstS, survey.lastS], [START_S, START_S + 2.999]);
    assert.equal(survey.peaks.in1s.events, 1000);
    assert.equal(survey.peaks.in10ms.events, 10);
    const [topic] = survey.topics;
    assert.equal(topic.events, 300);
    assert.deepEqual(
      Object.fromEntries(
        topic.attributes.map(({ key, types }: { key: string; types: object }) => [
          key,
          Object.keys(types)[0],
        ]),
      ),
      {
        ...{ __system: 'string', __source: 'string', __key: 'string', __data: 'boolean' },
        ...{
          __data_time: 'number',
          __wire_time: 'number',
          seq: 'number',
          'itf.phi': 'number',
          name: 'string',
          what: 'string',
        },
      },
    );
  });

  it('tells peaks and the high-water mark for a speed', async () => {
    const [{ survey: fast }, { survey: flatOut }] = await Promise.all([
      infoJson([path('plain'), '-s', '2']),
      infoJson([path('plain'), '-s', 'max']),
    ]);
    assert.deepEqual([fast.peaks.in1s.events, fast.highWaterMark], [2000, 2000]);
    assert.deepEqual([flatOut.peaks, flatOut.highWaterMark], [undefined, undefined]);
  });

  it('looks at some topics only', async () => {
    const { survey } = await infoJson([path('plain'), '-t', 'tcs.*']);
    assert.deepEqual([survey.events, survey.filtered], [900, 2100]);
    assert.equal(survey.topics.length, 3);
  });

  it('sorts topics as asked', async () => {
    const { survey } = await infoJson([path('plain'), '--sort', 'name']);
    const names = survey.topics.map(({ topic }: { topic: string }) => topic);
    assert.deepEqual(names, [...names].sort());
  });

  it('finds nights and gaps, in files that are put in order of time', async () => {
    const { files, survey } = await infoJson([path('wal'), path('nights')]);
    assert.deepEqual(
      files.map((file: { path: string }) => file.path),
      [path('nights'), path('wal')],
    );
    assert.deepEqual(
      survey.nights.map(({ night, events }: { night: string; events: number }) => [night, events]),
      [
        ['2023-11-14', 50],
        ['2023-11-15', 50],
        ['2023-11-16', 50],
        ['2023-11-19', 50],
      ],
    );
    assert.deepEqual([survey.gaps.count, survey.gaps.longerThanS], [3, 60]);
    assert.deepEqual(survey.gaps.longest[0], { startS: START_S + 2 * DAY_S + 49, endS: START_S + 5 * DAY_S });
    assert.deepEqual(survey.disorder.events, 0);
    const { survey: narrow } = await infoJson([
      path('nights'),
      '--gap',
      '0.5',
      '--timezone',
      'Pacific/Auckland',
    ]);
    assert.equal(narrow.gaps.count, 149);
    assert.equal(narrow.nights[0].night, '2023-11-14');
  });

  it('counts trouble as a replay does', async () => {
    const { survey } = await infoJson([path('odd')]);
    const { code, stdout } = await run([path('odd')]);
    assert.equal(code, 0);
    for (const [kind, number] of Object.entries(survey.warnings)) assert(Number(number) > 0, kind);
    assert.match(stdout, new RegExp(`^ {2}${survey.warnings.noAttributes} without attributes$`, 'm'));
  });

  it('reads databases without an index', async () => {
    const { files, survey } = await infoJson([path('unindexed')]);
    assert.deepEqual([files[0].indices, survey.events], [[], 50]);
    assert.equal(survey.topics[0].attributes.length, 2);
  });

  it('takes no look at all events when it is to be quick', async () => {
    for (const name of ['nights', 'wal', 'unindexed']) {
      const { files, survey } = await infoJson([path(name), '--quick']);
      const startS = START_S + (name === 'wal' ? 5 * DAY_S : 0);
      assert.equal(survey, undefined);
      assert.deepEqual([files[0].firstRowS, files[0].rows.first], [startS, 1]);
      assert(!('attributes' in files[0]));
    }
    const { stdout } = await run([path('nights'), '--quick']);
    assert.match(stdout, /^Not read through/m);
  });

  it('is a report for people that fits the usual terminal', async () => {
    const { code, stdout, stderr } = await run([path('nights'), path('wal'), '--limit-topics', '4']);
    assert.deepEqual([code, stderr], [0, '']);
    for (const line of stdout.split('\n')) if (!line.includes(folder)) assert(line.length <= 80, line);
    assert.match(stdout, /^Nights, noon to noon in America\/Chicago$/m);
    assert.match(stdout, /^ {2}2023-11-15 +50 +16:13:20 – 16:14:09 +49\.00s +[▁▂▃▄▅▆▇█]/m);
    assert.match(stdout, /^Gaps: 3 silences longer than 1m/m);
    assert.match(stdout, /^ {2}\d+ topics? more: --limit-topics 0 shows all$/m);
    assert.match(stdout, /--hwm 1000 or more/);
  });

  it('shows the attributes of few topics, with types and ranges', async () => {
    const { stdout } = await run([path('plain'), '-t', 'tcs']);
    assert.match(stdout, /^tcs: attributes of \d+ events of it$/m);
    assert.match(stdout, /^ {2}seq +number +8 to \d+$/m);
  });

  it('says that it reads all events, on a terminal', { skip: skipWithoutPython() }, async () => {
    const { code, stdout } = await runOnTerminal(['info', path('plain')]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /3,000 events of 10 topics/);
  });

  it('leaves nothing beside the database, and does not change it', async () => {
    const before = digests();
    await Promise.all([run([path('wal')]), run([path('wal'), '--quick']), run([path('unindexed')])]);
    assert.deepEqual(digests(), before);
  });

  it('ends with one line where a file is missing, or an option is wrong', async () => {
    const cases: [string[], number, RegExp][] = [
      [[path('missing')], 1, /^error: No such file: [^\n]*missing\.db\n$/],
      [
        [path('plain'), '--timezone', 'Texas'],
        2,
        /^error: Expected --timezone to be a time zone such as [^\n]*\n$/,
      ],
      [
        [path('plain'), '--sort', 'size'],
        2,
        /^error: Expected --sort to be count, bytes, name or gap[^\n]*\n$/,
      ],
      [[path('plain'), '--gap', '-1'], 2, /^error: Expected --gap to be [^\n]*\n$/],
      [[], 2, /^error: missing required argument 'db'\n$/],
    ];
    for (const [args, exitCode, message] of cases) {
      const { code, stdout, stderr } = await run(args);
      assert.deepEqual([code, stdout], [exitCode, ''], stderr);
      assert.match(stderr, message);
    }
  });

  it('ends cleanly on SIGINT, and removes the copies that it made', async (context) => {
    const scratch = temporaryFolder(context);
    const env = { TMPDIR: scratch };
    const program = startCli(['info', path('wal'), ...Array(200).fill(path('odd'))], { env });
    for await (const _ of watch(scratch, { signal: AbortSignal.timeout(60_000) })) break;
    program.kill('SIGINT');
    const { code, stdout, stderr } = await program.outcome;
    assert.deepEqual({ code, stdout, stderr }, { code: 130, stdout: '', stderr: '' });
    assert.deepEqual(readdirSync(scratch), []);
  });
});

function run(args: readonly string[]): Promise<Outcome> {
  return runCli(['info', '--workers', '0', ...args]);
}

// biome-ignore lint/suspicious/noExplicitAny: the document is looked at, not typed
async function infoJson(args: readonly string[]): Promise<any> {
  const { code, stdout, stderr } = await run([...args, '--json']);
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout);
}

/** Fifty events, a second apart, from each offset on. */
function writeNights(file: string, offsetsS: readonly number[]): void {
  const db = createDatabase(file);
  db.exec(`
    CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT NOT NULL, data_time REAL);
    CREATE TABLE attribute (event_id INTEGER NOT NULL, key TEXT, value TEXT, data_type TEXT);
    CREATE INDEX attribute_event_id ON attribute(event_id);`);
  const event = db.prepare('INSERT INTO event (topic, data_time) VALUES (?, ?)');
  const attribute = db.prepare('INSERT INTO attribute VALUES (?, ?, ?, ?)');
  for (const offsetS of offsetsS) {
    for (let i = 0; i < 50; i++) {
      const timeS = START_S + offsetS + i;
      const { lastInsertRowid } = event.run(`night.topic.${i % 5}`, timeS);
      attribute.run(lastInsertRowid, '__wire_time', String(timeS), 'number');
      attribute.run(lastInsertRowid, 'name', 'x', 'string');
    }
  }
  db.close();
}

function writeUnindexed(file: string): void {
  writeNights(file, [0]);
  const db = createDatabase(file);
  db.exec('DROP INDEX attribute_event_id');
  db.close();
}

function digests(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}

/** Runs the program on a terminal of a usual size. What it writes to stdout and to stderr comes as one. */
function runOnTerminal(args: readonly string[]): Promise<Outcome> {
  const spawn = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
  const shell = ['sh', '-c', 'stty rows 30 cols 100 && exec "$@"', 'sh'];
  return new RunningProgram(findPython() as string, ['-c', spawn, ...shell, process.execPath, CLI, ...args])
    .outcome;
}
