import type { Connection, Statement } from '../connection.js';
import type { IdOrder } from '../pages/id-order.js';
import { IndexEntries } from '../pages/index-entries.js';
import { OddRow } from '../pages/odd-row.js';
import type { PageFile } from '../pages/page-file.js';
import { indexRootPage } from '../pages/table-layout.js';
import type { Schema } from '../schema/schema.js';
import { EventQuery } from './event-query.js';

/** Events that were read from pages, each from one run of rows, and what was read of them. */
export interface ReadChunk {
  /** The ids of the events that have attributes, in the order of reading, and perhaps of others. */
  readonly ids: IdOrder;
  /** Row ids of the first and the last event. */
  readonly first: bigint;
  readonly last: bigint;
  /** Row ids of the events, if these are not all from the first to the last one. */
  readonly list: readonly number[] | undefined;
  /** Number of attribute rows. */
  readonly rows: number;
  /** Number of events that have attributes. */
  readonly runs: number;
}

/**
 * Proves that the attribute rows that were read of events are all that these have: by the number of entries of the index, or of runs in the side
 * index. Where ids ascend over the table, no run has a second one, and nothing has to be counted.
 */
export class ChunkProof {
  private readonly _counted: 'rows' | 'runs' | undefined;
  private readonly _ofRange: Statement | undefined;
  private readonly _ofList: Statement | undefined;
  /** Undefined where entries cannot be counted in the pages of an index. */
  private readonly _index: IndexEntries | undefined;

  /** @returns undefined where nothing proves it: a side index that was built around damage lacks entries */
  static of(connection: Connection, schema: Schema, file: PageFile): ChunkProof | undefined {
    const { index, sideIndexOf } = schema.attribute;
    return index === undefined && sideIndexOf === 'rows'
      ? undefined
      : new ChunkProof(connection, schema, file);
  }

  private constructor(connection: Connection, schema: Schema, file: PageFile) {
    const { index, sideIndexOf } = schema.attribute;
    if (index === undefined && sideIndexOf === 'nothing') return;
    const query = new EventQuery(schema);
    this._counted = index === undefined ? 'runs' : 'rows';
    const prepare = (sql: string) => connection.prepare(sql).pluck();
    const counted = (selection: 'range' | 'list') =>
      index === undefined ? query.countRuns(selection) : query.countRows(selection);
    this._ofRange = prepare(counted('range'));
    this._ofList = prepare(counted('list'));
    const page = index && indexRootPage(connection, index.name);
    this._index = page === undefined ? undefined : new IndexEntries(file, page);
  }

  /** Lets go of the pages. */
  release(): void {
    this._index?.release();
  }

  /** @throws PageFault, an error of SQLite */
  isWhole(chunk: ReadChunk): boolean {
    if (this._counted === undefined) return true;
    const read = chunk[this._counted];
    const { ids, first, last, list } = chunk;
    if (list !== undefined) return this._ofList?.get({ list: JSON.stringify(list) }) === read;
    // In the pages of the index, a range of ids is counted in no time. There may be rows of other ids in it.
    if (ids.isAscending && this._countInIndex(ids) === read) return true;
    return this._ofRange?.get({ first, last }) === read;
  }

  private _countInIndex({ first, last }: IdOrder): number | undefined {
    try {
      return this._index?.count(first, last);
    } catch (error) {
      if (!(error instanceof OddRow)) throw error;
      this._index?.release();
      return undefined;
    }
  }
}
