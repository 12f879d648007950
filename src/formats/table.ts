/** What a column of a table holds. `time`: microseconds since 1970. */
export type ColumnType = 'time' | 'number' | 'boolean' | 'text';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A bigint in a column of times; elsewhere the text: of a number its JSON, of a boolean `true` or `false`. Null: no value. */
export type Cell = string | bigint | null;

/** Some rows of a table, column by column. */
export interface RowBlock {
  readonly rowCount: number;
  /** One array for each column, with a cell for each row. */
  readonly cells: readonly (readonly Cell[])[];
}

/** A file with a table, which is written block by block. */
export interface TableFile {
  /** Bytes written so far. */
  readonly sizeBytes: number;
  /** Appends rows, which are not kept. @throws TcsReplayError `WRITE_FAILED` */
  write(block: RowBlock): void;
  /** Ends the file, which is on the disk then. @throws TcsReplayError `WRITE_FAILED` */
  end(): void;
}
