import type { RowBlock } from './row-block.js';

/** What a column of a table holds. `time`: microseconds since 1970. */
export type ColumnType = 'time' | 'number' | 'boolean' | 'text';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A file with a table, which is written block by block. */
export interface TableFile {
  /** Bytes written so far. */
  readonly sizeBytes: number;
  /**
   * Appends rows, which are not kept. A cell of a column of numbers holds a JSON number, one of booleans `true` or `false`.
   *
   * @throws TcsReplayError `WRITE_FAILED`
   */
  write(block: RowBlock): void;
  /** Ends the file, which is on the disk when the promise resolves. @throws TcsReplayError `WRITE_FAILED` */
  end(): Promise<void>;
}
