import { type Connection, isDamage, isTooLarge, type Statement } from '../connection.js';
import type { ReadRules, Recording } from '../recording.js';
import type { Rows } from '../rows.js';
import { EventQuery, type RowSelection } from './event-query.js';
import type { TopicStep } from './event-rows.js';
import type { EventTable } from './event-table.js';
import { filterParameters } from './filter-sql.js';
import { StatesBySteps } from './states-by-steps.js';

interface Statements {
  readonly topics: Statement;
  readonly rowids: Statement;
}

/** Rows of a statement: its own cost does not matter, and its result stays in the CPU's cache. */
const ROWS_A_STEP = 1024;
/** Rows that are found at a time in a damaged table, where each event is read on its own. */
const ROWS_A_LOOK = 256;

/** Finds events by their topics, without reading the rest of them. */
export class TopicStates extends StatesBySteps {
  private readonly _rows: EventTable;
  private readonly _statements: Record<RowSelection, Statements>;
  private readonly _parameters: string[];

  constructor(
    connection: Connection,
    recording: Pick<Recording, 'path' | 'schema'>,
    rules: ReadRules,
    table: EventTable,
  ) {
    super(recording.path, table, rules.keyTime);
    this._rows = table;
    const query = new EventQuery(recording.schema);
    const prepare = (selection: RowSelection) => ({
      topics: connection.prepare(query.topics(selection, rules.filter)).pluck(),
      rowids: connection.prepare(query.rowids(selection)).pluck(),
    });
    this._statements = { range: prepare('range'), list: prepare('list') };
    this._parameters = filterParameters(rules.filter);
  }

  override *steps(rows: Rows): Generator<TopicStep> {
    if ('list' in rows) {
      for (let at = 0; at < rows.list.length; at += ROWS_A_STEP) {
        const list = rows.list.subarray(at, at + ROWS_A_STEP);
        const step = this._readList(list);
        if (step !== undefined) yield step;
        else yield* this._oneByOne(list);
      }
      return;
    }
    const { first, last } = rows;
    for (let from = first; from <= last; ) {
      const end = this._rows.bound(from, last, ROWS_A_STEP);
      if (end === undefined) return;
      const step = this._readRange(from, end);
      if (step !== undefined) yield step;
      else yield* this._pastDamage(from, end);
      from = end + 1n;
    }
  }

  private *_pastDamage(first: bigint, last: bigint): Generator<TopicStep> {
    for (let from = first; from <= last; ) {
      const { rows } = this._rows.next(from, last, ROWS_A_LOOK);
      const end = rows.at(-1);
      if (end === undefined) return;
      yield* this._oneByOne(rows);
      from = end + 1n;
    }
  }

  private *_oneByOne(rows: Iterable<bigint>): Generator<TopicStep> {
    for (const row of rows) {
      const step = this._readList([row]);
      if (step !== undefined) yield step;
    }
  }

  /** @returns undefined where they cannot be read */
  private _readRange(first: bigint, last: bigint): TopicStep | undefined {
    const isDense = (count: number) => BigInt(count) === last - first + 1n;
    return this._read('range', { first, last }, isDense, (index) => first + BigInt(index));
  }

  /** @returns undefined where they cannot be read */
  private _readList(list: readonly bigint[] | BigInt64Array): TopicStep | undefined {
    const areAll = (count: number) => count === list.length;
    return this._read('list', { list: `[${list.join(',')}]` }, areAll, (index) => list[index]);
  }

  /** @param isKnown whether `rowOf` is right for this number of events; otherwise their row ids are read */
  private _read(
    selection: RowSelection,
    rows: Record<string, unknown>,
    isKnown: (count: number) => boolean,
    rowOf: (index: number) => bigint,
  ): TopicStep | undefined {
    const statements = this._statements[selection];
    try {
      const topics = JSON.parse(
        statements.topics.get(...this._parameters, rows) as string,
      ) as TopicStep['topics'];
      if (isKnown(topics.length)) return { topics, rowOf };
      const rowids = JSON.parse(statements.rowids.get(rows) as string) as string[];
      return rowids.length === topics.length
        ? { topics, rowOf: (index) => BigInt(rowids[index]) }
        : undefined;
    } catch (error) {
      if (isDamage(error) || isTooLarge(error)) return undefined;
      throw error;
    }
  }
}
