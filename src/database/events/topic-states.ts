import { bytesOf, elementsOf } from '../../encode/json-bytes.js';
import { timeOf } from '../../encode/time-value.js';
import { type Connection, isDamage, isTooLarge, type Statement } from '../connection.js';
import type { ReadRules, Recording } from '../recording.js';
import type { Rows } from '../rows.js';
import { EventQuery, type RowSelection } from './event-query.js';
import type { TopicStep } from './event-rows.js';
import type { EventTable } from './event-table.js';
import { filterParameters } from './filter-sql.js';
import type { PageTopics } from './page-topics.js';
import { StatesBySteps } from './states-by-steps.js';

interface Statements {
  readonly topics: Statement;
  readonly rowids: Statement;
  /** Undefined: the table has no times. */
  readonly dataTimes: Statement | undefined;
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
  private readonly _pages: PageTopics | undefined;

  /** @param pages reads the topics of many events faster */
  constructor(
    connection: Connection,
    recording: Pick<Recording, 'path' | 'schema'>,
    rules: ReadRules,
    table: EventTable,
    pages?: PageTopics,
  ) {
    super(recording.path, table, rules.keyTime);
    this._rows = table;
    this._pages = pages;
    const query = new EventQuery(recording.schema);
    const prepare = (selection: RowSelection) => ({
      topics: connection.prepare(query.topics(selection, rules.filter)).pluck(),
      rowids: connection.prepare(query.rowids(selection)).pluck(),
      dataTimes:
        recording.schema.event.dataTime === undefined
          ? undefined
          : connection.prepare(query.dataTimes(selection)).pluck(),
    });
    this._statements = { range: prepare('range'), list: prepare('list') };
    this._parameters = filterParameters(rules.filter);
  }

  override *steps(rows: Rows, needsTimes = false): Generator<TopicStep> {
    if ('list' in rows) {
      for (let at = 0; at < rows.list.length; at += ROWS_A_STEP)
        yield* this._ofList(rows.list.subarray(at, at + ROWS_A_STEP), needsTimes);
      return;
    }
    const { first, last } = rows;
    try {
      for (let from = first; from <= last; ) {
        const step = this._pages?.read(from, ROWS_A_STEP, last, needsTimes);
        const end = step === undefined ? this._rows.bound(from, last, ROWS_A_STEP) : step.end;
        if (end === undefined) return;
        if (step === undefined) yield* this._ofRange(from, end, needsTimes);
        else yield step;
        from = end + 1n;
      }
    } finally {
      // What it stands on is kept from all others that read this file.
      this._pages?.release();
    }
  }

  private *_ofRange(first: bigint, last: bigint, needsTimes: boolean): Generator<TopicStep> {
    const isDense = (count: number) => BigInt(count) === last - first + 1n;
    const rowOf = (index: number) => first + BigInt(index);
    const step = this._read('range', { first, last }, isDense, rowOf, needsTimes);
    if (step !== undefined) yield step;
    else yield* this._pastDamage(first, last, needsTimes);
  }

  private *_ofList(list: readonly bigint[] | BigInt64Array, needsTimes: boolean): Generator<TopicStep> {
    const areAll = (count: number) => count === list.length;
    const step = this._read(
      'list',
      { list: `[${list.join(',')}]` },
      areAll,
      (index) => list[index],
      needsTimes,
    );
    if (step !== undefined) yield step;
    else if (list.length > 1) for (const row of list) yield* this._ofList([row], needsTimes);
  }

  private *_pastDamage(first: bigint, last: bigint, needsTimes: boolean): Generator<TopicStep> {
    for (let from = first; from <= last; ) {
      const { rows } = this._rows.next(from, last, ROWS_A_LOOK);
      const end = rows.at(-1);
      if (end === undefined) return;
      for (const row of rows) yield* this._ofList([row], needsTimes);
      from = end + 1n;
    }
  }

  /**
   * @param isKnown whether `rowOf` is right for this number of events; otherwise their row ids are read
   * @returns undefined where they cannot be read
   */
  private _read(
    selection: RowSelection,
    rows: Record<string, unknown>,
    isKnown: (count: number) => boolean,
    rowOf: (index: number) => bigint,
    needsTimes: boolean,
  ): TopicStep | undefined {
    const statements = this._statements[selection];
    try {
      const topics = JSON.parse(
        statements.topics.get(...this._parameters, rows) as string,
      ) as TopicStep['topics'];
      const times = needsTimes ? statements.dataTimes?.get(rows) : undefined;
      const tableTimesS =
        times === undefined
          ? undefined
          : Float64Array.from(elementsOf(bytesOf(times)), (time) => timeOf(time, 0, time.length));
      if (tableTimesS !== undefined && tableTimesS.length !== topics.length) return undefined;
      if (isKnown(topics.length)) return { topics, rowOf, tableTimesS };
      const rowids = JSON.parse(statements.rowids.get(rows) as string) as string[];
      return rowids.length === topics.length
        ? { topics, rowOf: (index) => BigInt(rowids[index]), tableTimesS }
        : undefined;
    } catch (error) {
      if (isDamage(error) || isTooLarge(error)) return undefined;
      throw error;
    }
  }
}
