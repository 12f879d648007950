import { type Connection, quoted } from '../connection.js';
import type { Affinity } from './affinity.js';
import type { AttributeIndex } from './schema.js';
import type { RowsOf } from './source-shape.js';

export interface Column {
  readonly name: string;
  readonly type: string;
  /** Position in the primary key, from 1; 0: it is not part of it. */
  readonly pk: number;
}

/** A foreign key of one column. */
export interface ForeignKey {
  readonly from: Column;
  /** Table that it refers to. */
  readonly table: string;
  /** Column there; null: the primary key. */
  readonly to: string | null;
}

export interface Table {
  readonly name: string;
  /** What else than a table it is; undefined: a table. */
  readonly kind?: ViewKind;
  readonly columns: readonly Column[];
  readonly isWithoutRowid: boolean;
  readonly isStrict: boolean;
}

/** Tables and views of a database. */
export interface Tables {
  readonly tables: readonly Table[];
  /** Views and virtual tables, which can be read like tables. */
  readonly views: readonly View[];
}

type ViewKind = 'a view' | 'a virtual table';

export interface View {
  readonly name: string;
  readonly kind: ViewKind;
  /** Reads its columns. A view that refers to what is not there fails. */
  readonly open: () => Table;
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
  const columnsOf = (name: string) =>
    (connection.pragma(`main.table_xinfo(${quoted(name)})`) as (Column & { hidden: number })[]).filter(
      ({ hidden }) => hidden !== HIDDEN,
    );
  return {
    tables: all
      .filter(({ type }) => type === 'table')
      .map(({ name, wr, strict }) => ({
        name,
        columns: columnsOf(name),
        isWithoutRowid: wr === 1,
        isStrict: strict === 1,
      })),
    views: all
      .filter(({ type }) => type === 'view' || type === 'virtual')
      .map(({ name, type }) => {
        const kind = type === 'view' ? 'a view' : 'a virtual table';
        const open = () =>
          ({ name, kind, columns: columnsOf(name), isWithoutRowid: true, isStrict: false }) as const;
        return { name, kind, open };
      }),
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

/** How the rows of a table or view are read. */
export function rowsOf(table: Table): RowsOf {
  return { table: table.name, rowid: rowidName(table), isTable: table.kind === undefined };
}

export function affinityOf({ isStrict }: Pick<Table, 'isStrict'>, { type }: Column): Affinity {
  if (isStrict && /^any$/i.test(type)) return 'BLOB';
  if (/int/i.test(type)) return 'INTEGER';
  if (/char|clob|text/i.test(type)) return 'TEXT';
  if (/blob|^$/i.test(type)) return 'BLOB';
  return /real|floa|doub/i.test(type) ? 'REAL' : 'NUMERIC';
}

/** The foreign keys of a table that have one column and refer to a table that exists. */
export function foreignKeysOf(connection: Connection, table: Table): ForeignKey[] {
  const rows = connection.pragma(`main.foreign_key_list(${quoted(table.name)})`) as {
    id: number;
    table: string;
    from: string;
    to: string | null;
  }[];
  const exists = connection
    .prepare("SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE")
    .pluck();
  return rows
    .filter(({ id }) => rows.filter((row) => row.id === id).length === 1)
    .filter((row) => exists.get(row.table) !== 0)
    .flatMap((row) => {
      const from = withName(table.columns, [row.from]);
      return from === undefined ? [] : [{ from, table: row.table, to: row.to }];
    });
}

/** Whether no value can stand in a column twice: it is the primary key, or has a unique index of its own. */
export function isUnique(connection: Connection, table: Table, column: Column): boolean {
  if (column.pk === 1 && table.columns.every(({ pk }) => pk <= 1)) return true;
  return indicesOf(connection, table).some(
    ({ isWhole, isUnique: unique, columns }) =>
      isWhole && unique && columns.length === 1 && columns[0].name === column.name,
  );
}

/** The index that finds the rows of an event; undefined where there is none. */
export function findIndex(connection: Connection, table: Table, eventId: string): AttributeIndex | undefined {
  const usable = indicesOf(connection, table)
    .filter(({ isWhole }) => isWhole)
    .filter(({ columns }) => columns[0]?.name === eventId && columns[0].coll === 'BINARY')
    .map(({ name, columns }) => ({ name, keepsTableOrder: columns.length === 1 }));
  return usable.find((index) => index.keepsTableOrder) ?? usable[0];
}

interface TableIndex {
  readonly name: string;
  readonly isUnique: boolean;
  /** Whether it has all rows of the table. */
  readonly isWhole: boolean;
  /** Its columns in order; the name is null for an expression. */
  readonly columns: readonly { readonly name: string | null; readonly coll: string }[];
}

function indicesOf(connection: Connection, table: Table): TableIndex[] {
  const list = connection.pragma(`main.index_list(${quoted(table.name)})`) as {
    name: string;
    unique: number;
    partial: number;
  }[];
  return list.map(({ name, unique, partial }) => ({
    name,
    isUnique: unique === 1,
    isWhole: partial === 0,
    columns: (
      connection.pragma(`main.index_xinfo(${quoted(name)})`) as {
        name: string | null;
        key: number;
        coll: string;
      }[]
    ).filter((column) => column.key === 1),
  }));
}
