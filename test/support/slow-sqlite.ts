/** Loaded before a program of Node: each `get` of SQLite takes many times as long, in all of its threads. */

import { performance } from 'node:perf_hooks';
import SQLite from 'better-sqlite3';
import { SLOWED_BY } from './spoil.js';

const database = new SQLite(':memory:');
const statements = Object.getPrototypeOf(database.prepare('SELECT 1')) as SQLite.Statement;
database.close();

const { get } = statements;
statements.get = function (this: SQLite.Statement, ...parameters: unknown[]): unknown {
  const startedMs = performance.now();
  const row = get.apply(this, parameters);
  const endMs = startedMs + SLOWED_BY * (performance.now() - startedMs);
  while (performance.now() < endMs);
  return row;
};
