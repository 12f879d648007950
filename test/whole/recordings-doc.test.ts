/**
 * The commands of the pages about files that go in and out, as somebody types them who reads the pages for the first time: each is run as it stands
 * there, but for addresses and for how long it takes.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { generate } from '../../src/index.js';
import { EventStation } from '../support/event-station.js';
import { MadeFiles } from '../support/made-files.js';
import { endAll, freePort, type Outcome, RunningProgram } from '../support/peer.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CLI = join(ROOT, 'dist/bundle/cli.cjs');
const DUCKDB = fileURLToPath(new URL('../support/duckdb-program.js', import.meta.url));
/** In this order: what a page needs is made by those before it. */
const PAGES = [
  'docs/convert.md',
  'docs/formats.md',
  'docs/examples/foxglove.md',
  'docs/examples/plotjuggler.md',
  'docs/record.md',
];
const BLOCK = /^```(\w+)\n(.*?)^```$/gms;
/** Nights from noon to noon at the observatory. */
const NIGHTS = ['2018-03-22', '2018-03-23', '2018-03-24'];
/** Just enough of them for the rarest topic that a page names. */
const [EVENTS, TOPICS] = [1600, 36];
const NIGHT_S = 2 * 3600;
/** Threads take longer to start than to read these nights. */
const WITHOUT_THREADS = '--workers 0';

const files = new MadeFiles('tcs-recordings-doc-');
const { folder } = files;
const duckdb = { instance: undefined as DuckDBInstance | undefined };
let port = 0;

describe('the pages about recordings', () => {
  before(async () => {
    port = await freePort();
    duckdb.instance = await DuckDBInstance.create();
    mkdirSync(join(folder, 'nights'));
    for (const [i, date] of NIGHTS.entries()) {
      const night = { events: EVENTS, durationS: NIGHT_S, topics: TOPICS, seed: i + 1 };
      // 7 in the evening at the observatory.
      const startUnixS = Date.parse(`${date}T00:30:00Z`) / 1000 + 86_400;
      const path = join(folder, `${date}.db`);
      await generate({ ...night, startUnixS, path });
      copyFileSync(path, join(folder, `nights/${date}.db`));
    }
    const [, middle] = NIGHTS;
    for (const name of ['night.db', 'tcs-0002.db'])
      copyFileSync(join(folder, `${middle}.db`), join(folder, name));
    program('tcs-replay', `'${process.execPath}' '${CLI}'`);
    program('duckdb', `'${process.execPath}' '${DUCKDB}'`);
  });

  after(async () => {
    await endAll();
    files.remove();
  });

  for (const page of PAGES)
    describe(page, () => {
      for (const [, language, text] of readFileSync(join(ROOT, page), 'utf8').matchAll(BLOCK)) {
        if (language === 'python')
          it(`in Python: ${text.split('\n').slice(0, -1).join('; ')}`, () => inPython(text));
        else if (text.startsWith('#!')) it('as an array of tasks', () => asArray(text));
        else if (language === 'sh')
          for (const command of commandsOf(text)) it(command, () => carryOut(command));
      }
    });
});

function program(name: string, command: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\nexec ${command} "$@"\n`);
  chmodSync(join(folder, name), 0o755);
}

/** The commands of a block, without their comments: a line each, or several up to the quotes that end a text. */
function commandsOf(block: string): string[] {
  const commands: string[] = [];
  let begun = '';
  for (const line of block.split('\n')) {
    begun += line.replace(/\s+# .*$/, '').trim();
    const isOpen = begun.replaceAll('\\"', '').split('"').length % 2 === 0;
    if (isOpen) begun += ' ';
    else if (begun !== '') {
      commands.push(begun);
      begun = '';
    }
  }
  return commands;
}

async function carryOut(command: string): Promise<void> {
  if (command.startsWith('tcs-replay record')) return recordOne(command);
  const isPlayed = command.startsWith('tcs-replay ') && !command.startsWith('tcs-replay convert ');
  const { code, stdout, stderr } = await run(
    isPlayed
      ? `${command.replace(' --serve-forever', '')} -s max --wait-setup 0 ${WITHOUT_THREADS}`
      : command
          .replace(/^tcs-replay convert /, `$&${WITHOUT_THREADS} `)
          .replace(/ convert (?!.*--nights)/, ' convert --force '),
  );
  assert.equal(code, 0, stderr);
  if (isPlayed) assert.match(stderr + stdout, /\d/);
  const [output] =
    /\S+\.(?:jsonl\.gz|db|mcap|parquet)(?= |$)(?!.*\.(?:jsonl\.gz|db|mcap|parquet)(?: |$))/.exec(command) ??
    [];
  if (command.startsWith('tcs-replay convert')) assert.ok(existsSync(join(folder, output ?? '')), output);
  if (/^(?:duckdb|zcat)/.test(command)) assert.notEqual(stdout, '');
}

/** Records one event, under another name: a recorder never replaces a file. */
async function recordOne(command: string): Promise<void> {
  const urls = [...command.matchAll(/tcp:\/\/\S+/g)].map(([url]) => url);
  const named = await Promise.all(urls.map(() => EventStation.open()));
  const stations = named.length > 0 ? named : [await EventStation.open(`tcp://127.0.0.1:${port}`)];
  const { outcome } = start(
    urls
      .reduce((text, url, i) => text.replace(url, named[i].url), command)
      .replace('tcs-replay record', 'tcs-replay record --limit 1')
      .replace('/data/', '')
      .replace(/(?=\b\w+\.(?:db|mcap)\b)/, 'recorded-'),
  );
  await Promise.all(stations.map((station) => station.subscriptions(1)));
  await stations[0].sendPayload('lrs2.hardware.status', '{"n":1}');
  const { code, stderr } = await outcome;
  for (const station of stations) station.close();
  assert.equal(code, 0, stderr);
  assert.ok(readdirSync(folder).some((name) => /^recorded-/.test(name)));
}

/** As Slurm runs it: each task with a number. One that is started again has nothing to do. */
async function asArray(script: string): Promise<void> {
  writeFileSync(join(folder, 'array.sh'), script);
  const nights = () =>
    readdirSync(join(folder, 'archive.parquet')).filter((name) => name.startsWith('night='));
  const carryOutTask = async (i: number) => {
    const task = `SLURM_ARRAY_TASK_ID=${i + 1} SLURM_ARRAY_TASK_COUNT=${NIGHTS.length}`;
    const { code, stderr } = await run(`${task} sh array.sh`);
    assert.equal(code, 0, stderr);
  };
  const expected = NIGHTS.map((night) => `night=${night}`);
  for (const i of NIGHTS.keys()) await carryOutTask(i);
  assert.deepEqual(nights().sort(), expected);
  await carryOutTask(0);
  assert.deepEqual(nights().sort(), expected);
}

/** By Python where it has the packages; otherwise the same columns of the same files by DuckDB. */
async function inPython(text: string): Promise<void> {
  const packages = [...text.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name]) => name);
  // What reads Parquet, and what writes HDF5, for pandas.
  if (packages.includes('pandas')) packages.push('pyarrow', ...(text.includes('to_hdf') ? ['tables'] : []));
  const hasThem = (await run(`python3 -c 'import ${packages.join(', ')}'`)).code === 0;
  if (hasThem) {
    writeFileSync(join(folder, 'page.py'), text);
    const { code, stderr } = await run('python3 page.py');
    assert.equal(code, 0, stderr);
  }
  const columns = [...text.matchAll(/(?:frame\[|col\()'([\w.]+)'/g)].map(([, name]) => name);
  const connection = await duckdb.instance?.connect();
  for (const [, path] of text.replaceAll(/\s+# .*$/gm, '').matchAll(/'(\S+\.parquet)'/g)) {
    const chosen = ['__wire_time', ...columns].map((name) => `typeof(any_value("${name}"))`);
    const rows = await connection?.runAndReadAll(`SELECT count(*), ${chosen} FROM '${folder}/${path}'`);
    const [[count, time, ...types]] = rows?.getRowsJson() ?? [[]];
    assert.ok(Number(count) > 100);
    assert.deepEqual([time, ...types], ['TIMESTAMP WITH TIME ZONE', ...columns.map(() => 'DOUBLE')]);
  }
  connection?.closeSync();
}

function run(command: string): Promise<Outcome> {
  return start(command).outcome;
}

function start(command: string): RunningProgram {
  return new RunningProgram('/bin/sh', ['-c', command], {
    cwd: folder,
    env: { PATH: `${folder}:${process.env.PATH}`, TCS_REPLAY_URL: `tcp://127.0.0.1:${port}` },
  });
}
