import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import { AppendedFile } from '../appended-file.js';
import type { Cell, Column, ColumnType, RowBlock, TableFile } from '../table.js';

/** Of an empty buffer between two blocks: many files are written at a time. */
const IDLE_BYTES = 1024;

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

  write({ rowCount, cells }: RowBlock): void {
    const columnData = this._columns.map(
      ({ name, type }, column): ColumnSource => ({ name, data: VALUES[type](cells[column]) }),
    );
    this._writer.write({ columnData, rowGroupSize: rowCount });
    this._flush();
  }

  end(): void {
    this._writer.finish();
    this._flush();
    this._file.sync();
  }

  private _flush(): void {
    const bytes = this._bytes;
    this._file.write(bytes.getBytes());
    bytes.index = 0;
    bytes.buffer = new ArrayBuffer(IDLE_BYTES);
    bytes.view = new DataView(bytes.buffer);
  }
}

const VALUES: Record<ColumnType, (cells: readonly Cell[]) => unknown[]> = {
  time: (cells) => [...cells],
  number: (cells) => cells.map((cell) => (cell === null ? null : Number(cell))),
  boolean: (cells) => cells.map((cell) => (cell === null ? null : cell === 'true')),
  text: (cells) => [...cells],
};
