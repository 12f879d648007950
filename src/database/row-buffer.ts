import type { Connection, Statement } from './connection.js';

/** Rows that one statement inserts: from some dozens on the cost of a call into SQLite does not matter. */
const ROWS_PER_INSERT = 64;

/** Collects rows for one table and inserts many at a time. */
export class RowBuffer {
  private readonly _insertMany: Statement;
  private readonly _insertOne: Statement;
  private readonly _columnCount: number;
  private _cells: unknown[] = [];

  constructor(db: Connection, table: string, columnCount: number) {
    const row = `(${new Array(columnCount).fill('?').join(',')})`;
    this._columnCount = columnCount;
    this._insertOne = db.prepare(`INSERT INTO ${table} VALUES ${row}`);
    this._insertMany = db.prepare(
      `INSERT INTO ${table} VALUES ${new Array(ROWS_PER_INSERT).fill(row).join(',')}`,
    );
  }

  /** Adds a row: an INTEGER as a bigint, a REAL as a number, unless the column has a type of its own. */
  push(...row: unknown[]): void {
    this._cells.push(...row);
    if (this._cells.length < ROWS_PER_INSERT * this._columnCount) return;
    this._insertMany.run(this._cells);
    this._cells = [];
  }

  flush(): void {
    for (let first = 0; first < this._cells.length; first += this._columnCount) {
      this._insertOne.run(this._cells.slice(first, first + this._columnCount));
    }
    this._cells = [];
  }
}
