import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import { AppendedFile } from '../appended-file.js';
import { CELL, type RowBlock } from '../row-block.js';
import type { Column, ColumnType, TableFile } from '../table.js';

/** Of an empty buffer between two blocks: many files are written at a time. */
const IDLE_BYTES = 1024;
/** The first byte of `true`. */
const LOWER_T = 0x74;

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

const TYPES: Record<ColumnType, Partial<SchemaElement>> = {
  time: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
};

/** Writes a table as Parquet, a row group for each block. Any cell may be null. */
export class ParquetFile implements TableFile {
  private readonly _file: AppendedFile;
  private readonly _columns: readonly Column[];
  private readonly _bytes = new ByteWriter(IDLE_BYTES);
  private readonly _writer: ParquetWriter;

  /** @param metadata stands in the file @throws TcsReplayError `WRITE_FAILED` */
  constructor(path: string, columns: readonly Column[], metadata: Readonly<Record<string, string>>) {
    this._file = new AppendedFile(path);
    this._columns = columns;
    this._writer = new ParquetWriter({
      writer: this._bytes,
      schema: [
        { name: 'root', num_children: columns.length },
        ...columns.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...TYPES[type] })),
      ],
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      createdBy: 'tcs-replay',
    });
  }

  get sizeBytes(): number {
    return this._file.sizeBytes;
  }

  write(block: RowBlock): void {
    const columnData = this._columns.map(
      ({ name, type }, column): ColumnSource => ({
        name,
        data: VALUES[type](block, column),
      }),
    );
    this._writer.write({ columnData, rowGroupSize: block.rowCount });
    this._flush();
  }

  end(): Promise<void> {
    this._writer.finish();
    this._flush();
    return this._file.sync();
  }

  private _flush(): void {
    const bytes = this._bytes;
    this._file.write(bytes.getBytes());
    bytes.index = 0;
    bytes.buffer = new ArrayBuffer(IDLE_BYTES);
    bytes.view = new DataView(bytes.buffer);
  }
}

/** Makes the values of a column, null where there is none. */
type ValuesOf = (block: RowBlock, column: number) => unknown[];

const VALUES: Record<ColumnType, ValuesOf> = {
  time: (block, column) => {
    const values = new Array<bigint | null>(block.rowCount);
    for (let row = 0; row < values.length; row++) {
      const us = block.timeUs(column, row);
      values[row] = Number.isNaN(us) ? null : BigInt(us);
    }
    return values;
  },
  number: (block, column) => {
    const values = new Array<number | null>(block.rowCount);
    for (let row = 0; row < values.length; row++)
      values[row] = block.kind(column, row) === CELL.none ? null : block.number(column, row);
    return values;
  },
  boolean: (block, column) => {
    const values = new Array<boolean | null>(block.rowCount);
    for (let row = 0; row < values.length; row++) {
      const isNone = block.kind(column, row) === CELL.none;
      values[row] = isNone ? null : block.bytes(row)[block.start(column, row)] === LOWER_T;
    }
    return values;
  },
  text: (block, column) => {
    const values = new Array<string | null>(block.rowCount);
    let last = -1;
    for (let row = 0; row < values.length; row++) {
      if (block.kind(column, row) === CELL.none) values[row] = null;
      // States repeat: one string for equal texts is soon found in a dictionary.
      else if (last !== -1 && block.areEqual(column, row, last)) values[row] = values[last];
      else {
        values[row] = block.text(column, row);
        last = row;
      }
    }
    return values;
  },
};
