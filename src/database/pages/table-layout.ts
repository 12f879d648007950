import { type Connection, quoted } from '../connection.js';
import { affinityOf, type Column } from '../schema/schema-tables.js';

/** Where a table and its columns stand in the file. */
export interface TableLayout {
  readonly rootPage: number;
  /** Number of columns: no record has more values. */
  readonly columns: number;
  /** Number of the column that is another name of the row id, whose place in a record is empty; -1: there is none. */
  readonly rowidColumn: number;
  /** Position of a column in a record. @throws Error where the table has no such column */
  indexOf(column: string): number;
  /** Whether a column has REAL affinity: whole numbers in it are stored as integers. */
  isReal(column: string): boolean;
}

interface StoredColumn extends Column {
  /** Not 0: generated, so that its place depends on the kind. */
  readonly hidden: number;
  /** SQL of the default value, which records have that are older than the column. */
  readonly dflt_value: string | null;
}

/**
 * Finds a table whose records hold its values as they are.
 *
 * @returns undefined for what is none: a view, a virtual table, a table WITHOUT ROWID, with generated columns, or with columns that
 * have a default value, which older records lack
 */
export function tableLayout(connection: Connection, table: string): TableLayout | undefined {
  const found = connection
    .prepare(
      "SELECT type, rootpage, sql FROM main.sqlite_schema WHERE name = ? AND type IN ('table', 'view')",
    )
    .get(table) as { type: string; rootpage: number; sql: string } | undefined;
  if (found === undefined || found.type !== 'table' || found.rootpage < 2) return undefined;
  const [{ wr, strict }] = connection.pragma(`main.table_list(${quoted(table)})`) as {
    wr: number;
    strict: number;
  }[];
  const columns = connection.pragma(`main.table_xinfo(${quoted(table)})`) as StoredColumn[];
  if (wr !== 0 || columns.some(({ hidden, dflt_value }) => hidden !== 0 || dflt_value !== null))
    return undefined;
  const indexOf = (column: string) => {
    const index = columns.findIndex(({ name }) => name === column);
    if (index === -1) throw new Error(`Table ${table} has no column ${column}`);
    return index;
  };
  return {
    rootPage: found.rootpage,
    columns: columns.length,
    rowidColumn: rowidColumnOf(columns, found.sql),
    indexOf,
    isReal: (column) => affinityOf({ isStrict: strict === 1 }, columns[indexOf(column)]) === 'REAL',
  };
}

/** See https://www.sqlite.org/lang_createtable.html#rowid: only `INTEGER PRIMARY KEY`, and not with `DESC`, is the row id. */
function rowidColumnOf(columns: readonly StoredColumn[], sql: string): number {
  const keys = columns.filter(({ pk }) => pk > 0);
  const [key] = keys;
  if (keys.length !== 1 || key.type.toUpperCase() !== 'INTEGER' || /\bdesc\b/i.test(sql)) return -1;
  return columns.indexOf(key);
}

/**
 * Root page of an index that is in the ascending order of its first column, by bytes; undefined where it is in another one.
 *
 * @param index is an index of the table whose first column is a column with the collation BINARY
 */
export function indexRootPage(connection: Connection, index: string): number | undefined {
  const [first] = connection.pragma(`main.index_xinfo(${quoted(index)})`) as { desc: number }[];
  if (first.desc !== 0) return undefined;
  const root = connection
    .prepare("SELECT rootpage FROM main.sqlite_schema WHERE type = 'index' AND name = ?")
    .pluck()
    .get(index) as number | undefined;
  return root;
}
