/** Our Parquet as others read it: all readers that this machine has find the same. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { convert } from '../../src/convert/convert.js';
import { generate } from '../../src/generate/generate.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** A column as a reader has it: `numbers`, `texts`, `booleans` or `times`, and what its values come to. */
interface ColumnFacts {
  readonly kind: string;
  readonly nulls: number;
  /** Of numbers; of texts their lengths; of booleans those that are true; of times microseconds since the first one. */
  readonly sum: number;
}

type Facts = Readonly<Record<string, ColumnFacts>>;
type Reader = (path: string) => Promise<Facts>;

const PYARROW = `
import json, sys
import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
facts = {}
table = pq.read_table(sys.argv[1])
for name, column in zip(table.column_names, table.columns):
    kind = column.type
    if pa.types.is_timestamp(kind):
        assert kind == pa.timestamp('us', tz='UTC'), kind
        us = [x for x in column.cast(pa.int64()).to_pylist() if x is not None]
        found = ('times', sum(x - us[0] for x in us))
    elif pa.types.is_boolean(kind): found = ('booleans', sum(1 for x in column.to_pylist() if x))
    elif pa.types.is_float64(kind): found = ('numbers', sum(x for x in column.to_pylist() if x is not None))
    else: found = ('texts', sum(len(x) for x in column.to_pylist() if x is not None))
    facts[name] = {'kind': found[0], 'nulls': column.null_count, 'sum': found[1]}
json.dump(facts, sys.stdout)
`;

const READERS: Readonly<Record<string, Reader>> = {
  hyparquet: async (path) => {
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
    return factsOf(Object.keys(rows[0]), (name) => rows.map((row) => row[name]));
  },
  DuckDB: async (path) => {
    const connection = await (await DuckDBInstance.create()).connect();
    const reader = await connection.runAndReadAll(`SELECT * FROM '${path}'`);
    const columns = reader.getColumnsJS();
    const names = reader.columnNames();
    const facts = factsOf(names, (name) => columns[names.indexOf(name)]);
    connection.closeSync();
    return facts;
  },
};

it('Parquet is read alike by all readers', async (context) => {
  const folder = temporaryFolder(context);
  const night = join(folder, 'night.db');
  await generate({ path: night, events: 3000, topics: 6, attributes: 16, seed: 5, durationS: 600 });
  const output = join(folder, 'night.parquet');
  await convert({ databases: night, output, workers: 0 });
  const readers = { ...READERS, ...pyarrow() };
  context.diagnostic(`read by ${Object.keys(readers).join(', ')}`);
  const { topics } = JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')) as {
    topics: { file: string; columns: { name: string; type: string }[] }[];
  };
  for (const { file, columns } of topics) {
    const [first, ...others] = await Promise.all(
      Object.values(readers).map((read) => read(join(output, file))),
    );
    assert.deepEqual(
      Object.entries(first).map(([name, { kind }]) => [name, kind]),
      columns.map(({ name, type }) => [name, `${type}s`]),
    );
    for (const other of others) assert.deepEqual(rounded(other), rounded(first));
  }
});

/** A reader by pyarrow, where there is a Python that has it. */
function pyarrow(): Readonly<Record<string, Reader>> {
  const python = ['/usr/bin/python3', 'python3'].find(
    (candidate) => spawnSync(candidate, ['-c', 'import pyarrow.parquet'], { stdio: 'ignore' }).status === 0,
  );
  if (python === undefined) return {};
  return {
    pyarrow: async (path) => {
      const { status, stdout, stderr } = spawnSync(python, ['-c', PYARROW, path], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout) as Facts;
    },
  };
}

function factsOf(names: readonly string[], valuesOf: (name: string) => readonly unknown[]): Facts {
  return Object.fromEntries(
    names.map((name) => {
      const all = valuesOf(name);
      const values = all.filter((value) => value !== null && value !== undefined);
      const [kind, amountOf] = amountsOf(values[0]);
      const sum = values.reduce((total: number, value) => total + amountOf(value), 0);
      return [name, { kind, nulls: all.length - values.length, sum }];
    }),
  );
}

function amountsOf(first: unknown): [kind: string, amountOf: (value: unknown) => number] {
  if (typeof first === 'number') return ['numbers', (value) => value as number];
  if (typeof first === 'boolean') return ['booleans', (value) => Number(value)];
  if (typeof first === 'string') return ['texts', (value) => (value as string).length];
  const firstUs = microsecondsOf(first);
  return ['times', (value) => microsecondsOf(value) - firstUs];
}

/** As far as a `Date` holds it. */
function microsecondsOf(time: unknown): number {
  return time instanceof Date ? time.getTime() * 1000 : Number.NaN;
}

/** Sums depend on the order of additions, and a `Date` has milliseconds. */
function rounded(facts: Facts): unknown {
  return Object.entries(facts).map(([name, { kind, nulls, sum }]) => [
    name,
    kind,
    nulls,
    kind === 'times' ? Math.round(sum / 1e8) : Number(sum.toPrecision(10)),
  ]);
}
