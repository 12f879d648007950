import type Database from 'better-sqlite3';

/** Rows that one statement inserts: from some dozens on the cost of a call into SQLite does not matter. */
const ROWS_PER_INSERT = 64;

/** An INTEGER is a bigint, a REAL a number, unless the column has a type of its own. */
export type Cell = string | number | bigint | Uint8Array | null;

/** Collects rows for one table and inserts many at a time. */
export class RowBuffer {
  private readonly _insertMany: Database.Statement;
  private readonly _insertOne: Database.Statement;
  private readonly _columnCount: number;
  private readonly _cells: Cell[];
  private _count = 0;

  constructor(db: Database.Database, table: string, columnCount: number) {
    const row = `(${new Array(columnCount).fill('?').join(',')})`;
    this._columnCount = columnCount;
    this._cells = new Array<Cell>(ROWS_PER_INSERT * columnCount).fill(null);
    this._insertOne = db.prepare(`INSERT INTO ${table} VALUES ${row}`);
    this._insertMany = db.prepare(
      `INSERT INTO ${table} VALUES ${new Array(ROWS_PER_INSERT).fill(row).join(',')}`,
    );
  }

  /** Adds the next cell of a row. The one that fills the buffer inserts all its rows. @throws SqliteError */
  push(cell: Cell): void {
    this._cells[this._count++] = cell;
    if (this._count < this._cells.length) return;
    this._count = 0;
    this._insertMany.run(this._cells);
  }

  /** Inserts the rows that are left. @throws SqliteError */
  flush(): void {
    const count = this._count;
    this._count = 0;
    for (let first = 0; first < count; first += this._columnCount)
      this._insertOne.run(this._cells.slice(first, first + this._columnCount));
  }

  /** Forgets the rows that are left. */
  clear(): void {
    this._count = 0;
  }
}
