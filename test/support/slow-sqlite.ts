/** Loaded before a program of Node: each `get` of SQLite takes many times as long, in all of its threads. */

import SQLite from 'better-sqlite3';
import { SLOWED_BY } from './spoil.js';

const database = new SQLite(':memory:');
const statements = Object.getPrototypeOf(database.prepare('SELECT 1')) as SQLite.Statement;
database.close();

const { get } = statements;
statements.get = function (this: SQLite.Statement, ...parameters: unknown[]): unknown {
  // The work is done again and again: a wait by the clock would take less CPU time on a busy machine.
  for (let again = 1; again < 4 * SLOWED_BY; again++) get.apply(this, parameters);
  return get.apply(this, parameters);
};
