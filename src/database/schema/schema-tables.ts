import { type Connection, quoted } from '../connection.js';
import type { Affinity, AttributeIndex } from './schema.js';

export interface Column {
  readonly name: string;
  readonly type: string;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly isWithoutRowid: boolean;
  readonly isStrict: boolean;
}

/** Tables and views of a database. */
export interface Tables {
  readonly tables: readonly Table[];
  /** Views and virtual tables, which can be read like tables. */
  readonly views: readonly { readonly name: string; readonly kind: 'a view' | 'a virtual table' }[];
}

/** `hidden` of a column in `table_xinfo` that a virtual table hides. Other columns have 0, generated ones 2 or 3. */
const HIDDEN = 1;
const ROWID_NAMES = ['rowid', '_rowid_', 'oid'];

export function readTables(connection: Connection): Tables {
  const list = connection.pragma('main.table_list') as {
    name: string;
    type: string;
    wr: number;
    strict: number;
  }[];
  const all = list.filter((table) => !table.name.startsWith('sqlite_'));
  return {
    tables: all
      .filter(({ type }) => type === 'table')
      .map(({ name, wr, strict }) => ({
        name,
        columns: (
          connection.pragma(`main.table_xinfo(${quoted(name)})`) as (Column & { hidden: number })[]
        ).filter(({ hidden }) => hidden !== HIDDEN),
        isWithoutRowid: wr === 1,
        isStrict: strict === 1,
      })),
    views: all
      .filter(({ type }) => type === 'view' || type === 'virtual')
      .map(({ name, type }) => ({ name, kind: type === 'view' ? 'a view' : 'a virtual table' })),
  };
}

/** Finds the first of some names, in upper or lower case. */
export function withName<T extends { readonly name: string }>(
  all: readonly T[],
  names: readonly string[],
): T | undefined {
  for (const name of names) {
    const found = all.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A name of the row id that no column hides; undefined where there is none. */
export function rowidName(table: Table): string | undefined {
  if (table.isWithoutRowid) return undefined;
  return ROWID_NAMES.find((name) => withName(table.columns, [name]) === undefined);
}

export function affinityOf(table: Table, { type }: Column): Affinity {
  if (table.isStrict && /^any$/i.test(type)) return 'BLOB';
  if (/int/i.test(type)) return 'INTEGER';
  if (/char|clob|text/i.test(type)) return 'TEXT';
  if (/blob|^$/i.test(type)) return 'BLOB';
  return /real|floa|doub/i.test(type) ? 'REAL' : 'NUMERIC';
}

/** The index that finds the rows of an event; undefined where there is none. */
export function findIndex(connection: Connection, table: Table, eventId: string): AttributeIndex | undefined {
  const indices = connection.pragma(`main.index_list(${quoted(table.name)})`) as {
    name: string;
    partial: number;
  }[];
  const usable = indices
    .filter((index) => index.partial === 0)
    .map((index) => ({
      name: index.name,
      columns: (
        connection.pragma(`main.index_xinfo(${quoted(index.name)})`) as {
          name: string | null;
          key: number;
          coll: string;
          desc: number;
        }[]
      ).filter((column) => column.key === 1),
    }))
    .filter(({ columns }) => columns[0]?.name === eventId && columns[0].coll === 'BINARY')
    .map(({ name, columns }) => ({ name, keepsTableOrder: columns.length === 1 }));
  return usable.find((index) => index.keepsTableOrder) ?? usable[0];
}
