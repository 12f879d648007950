/** Nights that several processes share. */

import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { convertNights } from '../../../src/convert/nights/convert-nights.js';
import { endAll, runCli, startCli } from '../../support/peer.js';
import { plainEvent, writeEvents } from '../../support/stored-event.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

const DAY_S = 86_400;
const TASKS = 3;

after(endAll);

describe('nights', () => {
  it('are shared by processes, one of which is killed and started again, and make one dataset', async (context) => {
    const { nights, out } = place(context);
    const counts = [6000, 6000, 6000, 6000];
    for (const [night, events] of counts.entries()) writeNight(join(nights, `${night}.db`), night, events);
    // A night in two files.
    writeNight(join(nights, '2-later.db'), 2, 500, 7000);
    const args = (task: number) => [
      ...['convert', '--nights', `${task}/${TASKS}`, '--partition', 'night', '--to', 'parquet', '--json'],
      ...[nights, out],
    ];
    const killed = startCli(args(1));
    await until(
      () => partsIn(out).length,
      (parts) => parts > 0,
    );
    killed.kill('SIGKILL');
    await killed.outcome;
    assert.equal(partsIn(out).length, 1);
    const outcomes = await Promise.all([1, 2, 3].map((task) => runCli(args(task))));
    for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
    assert.deepEqual(
      readdirSync(out),
      counts.map((_, night) => `night=2018-03-${23 + night}`),
    );
    const done = outcomes.flatMap(({ stdout }) => (JSON.parse(stdout) as Outcome).nights);
    assert.deepEqual(
      done.map(({ night }) => night).sort(),
      counts.map((_, night) => `2018-03-${23 + night}`),
    );
    const connection = await (await DuckDBInstance.create()).connect();
    const dataset = `read_parquet('${out}/night=*/t.k.*.parquet', hive_partitioning = true)`;
    const rows = await connection.runAndReadAll(
      `SELECT night::VARCHAR, count(*), count(DISTINCT n) FROM ${dataset} GROUP BY 1 ORDER BY 1`,
    );
    assert.deepEqual(
      rows.getRowsJson(),
      counts.map((events, night) => {
        const all = String(night === 2 ? events + 500 : events);
        return [`2018-03-${23 + night}`, all, all];
      }),
    );
    connection.closeSync();
  });

  it('whose outputs are up to date are passed over, and others are converted anew', async (context) => {
    const { nights, out } = place(context);
    for (const night of [0, 1, 2]) writeNight(join(nights, `${night}.db`), night, 50);
    const options = { databases: nights, output: out, to: 'jsonl', workers: 0 } as const;
    const states = async (more: { overwrite?: boolean } = {}) => {
      const { nights: found } = await convertNights({ ...options, ...more });
      return found.map(({ outcome, error }) => error ?? outcome?.events ?? 'up to date');
    };
    assert.deepEqual(await states(), [50, 50, 50]);
    const before = readdirSync(out).map((name) => statSync(join(out, name)).ino);
    assert.deepEqual(await states(), ['up to date', 'up to date', 'up to date']);
    assert.deepEqual(
      readdirSync(out).map((name) => statSync(join(out, name)).ino),
      before,
    );
    // A file that is older than the output by its own time, as a copy can be, has come to the folder since.
    const added = join(nights, 'more.db');
    writeNight(added, 1, 20, 1000);
    utimesSync(added, 1, 1);
    assert.deepEqual(await states(), ['up to date', 70, 'up to date']);
    assert.deepEqual(await states({ overwrite: true }), [50, 70, 50]);
    assert.deepEqual(readdirSync(out), ['2018-03-23.jsonl', '2018-03-24.jsonl', '2018-03-25.jsonl']);
  });

  it('are those in the middle of their files; a file of several nights, or of none, is told', async (context) => {
    const { nights, out } = place(context);
    writeNight(join(nights, 'from-noon.db'), 0, 2, -7 * 3600, 24 * 3600);
    writeNight(join(nights, 'month.db'), 0, 2, 0, 30 * DAY_S);
    writeEvents(join(nights, 'empty.db'), []);
    const args = ['convert', '--nights', '1/1', '--to', 'jsonl', '--json', nights, out];
    const { code, stdout, stderr } = await runCli(args);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /month\.db is of no one night: its events span 30\.0 days; .*--partition night/);
    assert.match(stderr, /empty\.db is of no one night: no event has a usable time/);
    const { nights: done, withoutNight } = JSON.parse(stdout) as Outcome;
    assert.deepEqual([done.map(({ night }) => night), withoutNight.length], [['2018-03-23'], 2]);
    assert.equal(readFileSync(join(out, '2018-03-23.jsonl'), 'utf8').trim().split('\n').length, 2);
  });

  it('that fail leave the others whole, and the exit code is 1', async (context) => {
    const { nights, out } = place(context);
    for (const night of [0, 1]) writeNight(join(nights, `${night}.db`), night, 50);
    mkdirSync(out);
    mkdirSync(join(out, '2018-03-23.parquet'));
    writeFileSync(join(out, '2018-03-23.parquet', 'thesis.tex'), 'x');
    utimesSync(join(out, '2018-03-23.parquet'), 1, 1);
    const { code, stderr, stdout } = await runCli([
      'convert',
      '--nights',
      '1/1',
      '--to',
      'parquet',
      nights,
      out,
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /2018-03-23\.parquet is a folder that no conversion has made/);
    assert.match(stdout, /2 nights of 2 by task 1 of 1: 1 converted, 0 up to date, 1 failed/);
    assert.equal(existsSync(join(out, '2018-03-24.parquet', 'manifest.json')), true);
  });

  it('are refused with what contradicts them', async (context) => {
    const { nights, out } = place(context);
    writeNight(join(nights, '0.db'), 0, 5);
    const cases: [args: string[], message: RegExp][] = [
      [['--nights', '0/3', '--to', 'jsonl', nights, out], /--nights.*such as 3\/10.*tasks count from 1/],
      [['--nights', '4/3', '--to', 'jsonl', nights, out], /--nights/],
      [['--nights', '1/3', nights, out], /ends in one of .*; or give --to/],
      [['--nights', '1/3', '--to', 'jsonl', '--start', '+1h', nights, out], /--nights.*--start.*as a whole/],
      [['--nights', '1/3', '--to', 'jsonl', '--prime', nights, out], /--prime/],
      [['--nights', '1/3', '--to', 'db', '--partition', 'night', nights, out], /--partition/],
      [['--nights', '1/1', '--to', 'db', nights, nights], /not among .*0\.db was found/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await runCli(['convert', ...args]);
      assert.match(stderr, message);
      assert.equal(code, 2, stderr);
    }
    assert.deepEqual([readdirSync(nights), existsSync(out)], [['0.db'], false]);
  });
});

interface Outcome {
  readonly nights: readonly { readonly night: string }[];
  readonly withoutNight: readonly unknown[];
}

function place(context: TestContext) {
  const folder = temporaryFolder(context);
  const nights = join(folder, 'nights');
  mkdirSync(nights);
  return { nights, out: join(folder, 'out') };
}

/** Writes a night of two topics. @param from, stepS seconds from the evening to the first event, and from one to the next */
function writeNight(path: string, night: number, events: number, from = 0, stepS = 1): void {
  writeEvents(
    path,
    Array.from({ length: events }, (_, i) => {
      const id = BigInt(night * DAY_S + from + i * stepS);
      const event = plainEvent(id, `t.k.${i % 2}`, { n: String(id), night: String(night) });
      return { ...event, id: BigInt(i + 1) };
    }),
  );
}

function partsIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.part')) : [];
}
