import { type Connection, isDamage, isTooLarge, readError, type Statement } from '../connection.js';
import type { ReadRules, Recording } from '../recording.js';
import type { Rows } from '../rows.js';
import { EventQuery, type RowSelection } from './event-query.js';
import type { EventTable } from './event-table.js';
import type { EventTimes } from './event-times.js';
import { filterParameters } from './filter-sql.js';

/** The last event of a topic. Plain data. */
export interface TopicRow {
  readonly topic: string;
  /** Row id of the event. */
  readonly row: bigint;
}

/** The topics of successive events. */
interface Step {
  /** Null where a topic is not wanted. */
  readonly topics: readonly (string | null)[];
  rowOf(index: number): bigint;
}

interface Statements {
  readonly topics: Statement;
  readonly rowids: Statement;
}

/** Rows of a statement: its own cost does not matter, and its result stays in the CPU's cache. */
const ROWS_A_STEP = 1024;
/** Rows that are found at a time in a damaged table, where each event is read on its own. */
const ROWS_A_LOOK = 256;

/** Finds events by their topics, without reading the rest of them. */
export class TopicStates {
  private readonly _path: string;
  private readonly _table: EventTable;
  private readonly _statements: Record<RowSelection, Statements>;
  private readonly _parameters: string[];
  private readonly _keyTime: ReadRules['keyTime'];

  constructor(
    connection: Connection,
    recording: Pick<Recording, 'path' | 'schema'>,
    rules: ReadRules,
    table: EventTable,
  ) {
    const query = new EventQuery(recording.schema);
    const prepare = (selection: RowSelection) => ({
      topics: connection.prepare(query.topics(selection, rules.filter)).pluck(),
      rowids: connection.prepare(query.rowids(selection)).pluck(),
    });
    this._path = recording.path;
    this._table = table;
    this._statements = { range: prepare('range'), list: prepare('list') };
    this._parameters = filterParameters(rules.filter);
    this._keyTime = rules.keyTime;
  }

  /**
   * The last event of each wanted topic among some rows, in the order of the rows. Rows that cannot be read are left out.
   *
   * @throws TcsReplayError `READ_FAILED`, not for damage
   */
  lastOf(rows: Rows): TopicRow[] {
    try {
      const last = new Map<string, bigint>();
      for (const { topics, rowOf } of this._steps(rows)) {
        const lastOfStep = new Map<string, number>();
        for (const [i, topic] of topics.entries()) if (topic !== null) lastOfStep.set(topic, i);
        const inOrder = [...lastOfStep].sort(([, a], [, b]) => a - b);
        for (const [topic, i] of inOrder) {
          // Deleted first, so that the map is in the order of the last events.
          last.delete(topic);
          last.set(topic, rowOf(i));
        }
      }
      return Array.from(last, ([topic, row]) => ({ topic, row }));
    } catch (error) {
      throw readError(this._path, error);
    }
  }

  /**
   * Places of events in the order of play: the latest times that their recording has reached with them.
   *
   * @param rows the events, in the order of play
   * @param first first row of a range up to the last of `rows`, whose times all count; undefined: only those of `rows` count
   * @returns Unix seconds; -Infinity before the first time
   * @throws TcsReplayError `READ_FAILED`, not for damage
   */
  placesOf(rows: BigInt64Array<ArrayBuffer>, first: bigint | undefined): Float64Array<ArrayBuffer> {
    try {
      const keys = new Map<bigint, number>();
      const places = new Float64Array(rows.length);
      const last = rows.at(-1);
      if (last === undefined) return places;
      const steps = this._steps(first === undefined ? { list: rows } : { first, last });
      let placeS = Number.NEGATIVE_INFINITY;
      for (const step of steps) {
        for (const times of this._table.timesOf(wantedOf(step))) {
          placeS = Math.max(placeS, this._keyOf(times));
          keys.set(times.row, placeS);
        }
      }
      let known = Number.NEGATIVE_INFINITY;
      for (const [i, row] of rows.entries()) {
        known = keys.get(row) ?? known;
        places[i] = known;
      }
      return places;
    } catch (error) {
      throw readError(this._path, error);
    }
  }

  /** Time by which an event is merged, in Unix seconds; -Infinity where it has no time. */
  private _keyOf({ dataTimeS, dueTimeS }: EventTimes): number {
    const keyS = this._keyTime === 'due' || Number.isNaN(dataTimeS) ? dueTimeS : dataTimeS;
    return Number.isNaN(keyS) ? Number.NEGATIVE_INFINITY : keyS;
  }

  /** Rows of a range whose topics are wanted. */
  wanted(first: bigint, last: bigint): Set<bigint> {
    const found = new Set<bigint>();
    for (const step of this._steps({ first, last })) for (const row of wantedOf(step)) found.add(row);
    return found;
  }

  private *_steps(rows: Rows): Generator<Step> {
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
      const end = this._table.bound(from, last, ROWS_A_STEP);
      if (end === undefined) return;
      const step = this._readRange(from, end);
      if (step !== undefined) yield step;
      else yield* this._pastDamage(from, end);
      from = end + 1n;
    }
  }

  private *_pastDamage(first: bigint, last: bigint): Generator<Step> {
    for (let from = first; from <= last; ) {
      const { rows } = this._table.next(from, last, ROWS_A_LOOK);
      const end = rows.at(-1);
      if (end === undefined) return;
      yield* this._oneByOne(rows);
      from = end + 1n;
    }
  }

  private *_oneByOne(rows: Iterable<bigint>): Generator<Step> {
    for (const row of rows) {
      const step = this._readList([row]);
      if (step !== undefined) yield step;
    }
  }

  /** @returns undefined where they cannot be read */
  private _readRange(first: bigint, last: bigint): Step | undefined {
    const isDense = (count: number) => BigInt(count) === last - first + 1n;
    return this._read('range', { first, last }, isDense, (index) => first + BigInt(index));
  }

  /** @returns undefined where they cannot be read */
  private _readList(list: readonly bigint[] | BigInt64Array): Step | undefined {
    const areAll = (count: number) => count === list.length;
    return this._read('list', { list: `[${list.join(',')}]` }, areAll, (index) => list[index]);
  }

  /** @param isKnown whether `rowOf` is right for this number of events; otherwise their row ids are read */
  private _read(
    selection: RowSelection,
    rows: Record<string, unknown>,
    isKnown: (count: number) => boolean,
    rowOf: (index: number) => bigint,
  ): Step | undefined {
    const statements = this._statements[selection];
    try {
      const topics = JSON.parse(statements.topics.get(...this._parameters, rows) as string) as Step['topics'];
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

function wantedOf({ topics, rowOf }: Step): bigint[] {
  return topics.flatMap((topic, i) => (topic === null ? [] : rowOf(i)));
}

/** The last event of each topic, in the order given. */
export function lastOfEach(events: Iterable<TopicRow>): TopicRow[] {
  const last = new Map<string, TopicRow>();
  for (const event of events) {
    // Deleted first, so that the map is in the order of the last events.
    last.delete(event.topic);
    last.set(event.topic, event);
  }
  return [...last.values()];
}
