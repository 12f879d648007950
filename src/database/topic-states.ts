import type { Rows } from './batch-reader.js';
import { type Connection, isDamage, isTooLarge, readError, type Statement } from './connection.js';
import { EventQuery, type Selection } from './event-query.js';
import type { EventTable, EventTimes } from './event-table.js';
import { filterParameters } from './filter-sql.js';
import type { ReadRules, Recording } from './recording.js';

/** Where the last event of a topic stands. Plain data. */
export interface TopicState {
  readonly topic: string;
  readonly row: bigint;
}

interface TopicOfRow {
  /** Null where it is not wanted. */
  readonly topic: string | null;
  readonly row: bigint;
}

/** Enough that a statement's own cost does not count; a thread that is told to end does so between them. */
const ROWS_A_STEP = 4096;
/** Of a damaged table, where each event is read on its own. */
const ROWS_A_LOOK = 256;

/** Finds events by their topics, which alone are read of them. */
export class TopicStates {
  private readonly _path: string;
  private readonly _table: EventTable;
  private readonly _statements: Record<Selection, Statement>;
  private readonly _parameters: string[];
  private readonly _keyTime: ReadRules['keyTime'];

  constructor(
    connection: Connection,
    recording: Pick<Recording, 'path' | 'schema'>,
    rules: ReadRules,
    table: EventTable,
  ) {
    const query = new EventQuery(recording.schema);
    const prepare = (selection: Selection) => connection.prepare(query.topics(selection, rules.filter)).raw();
    this._path = recording.path;
    this._table = table;
    this._statements = { range: prepare('range'), list: prepare('list') };
    this._parameters = filterParameters(rules.filter);
    this._keyTime = rules.keyTime;
  }

  /**
   * The last event of each wanted topic among some rows, in the order of these. What cannot be read is passed over.
   *
   * @throws TcsReplayError `READ_FAILED`, not for damage
   */
  lastOf(rows: Rows): TopicState[] {
    try {
      return lastOfEach(this._wanted(rows));
    } catch (error) {
      throw readError(this._path, error);
    }
  }

  /**
   * The places of events in the order of play: the latest times that their recording has reached with them.
   *
   * @param rows in the order of play; of others only the times of these are known
   * @param first of a range of rows up to the last one of the list, all of which count; undefined: only the list
   * @returns Unix seconds, -Infinity where there is no time yet
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
        const wanted = step.filter(isWanted).map(({ row }) => row);
        for (const times of this._table.timesOf(wanted)) {
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

  /** @returns -Infinity where an event has no time */
  private _keyOf({ dataTimeS, dueTimeS }: EventTimes): number {
    const keyS = this._keyTime === 'due' || Number.isNaN(dataTimeS) ? dueTimeS : dataTimeS;
    return Number.isNaN(keyS) ? Number.NEGATIVE_INFINITY : keyS;
  }

  /** The rows of a range whose topics are wanted. */
  wanted(first: bigint, last: bigint): Set<bigint> {
    const found = new Set<bigint>();
    for (const { row } of this._wanted({ first, last })) found.add(row);
    return found;
  }

  private *_wanted(rows: Rows): Generator<TopicState> {
    for (const step of this._steps(rows)) yield* step.filter(isWanted);
  }

  private *_steps(rows: Rows): Generator<TopicOfRow[]> {
    if ('list' in rows) {
      for (let at = 0; at < rows.list.length; at += ROWS_A_STEP) {
        const list = rows.list.subarray(at, at + ROWS_A_STEP);
        yield this._read('list', { list: `[${list.join(',')}]` }) ?? this._oneByOne(list);
      }
      return;
    }
    const { first, last } = rows;
    for (let from = first; from <= last; ) {
      const end = this._table.bound(from, last, ROWS_A_STEP);
      if (end === undefined) return;
      const step = this._read('range', { first: from, last: end });
      if (step !== undefined) yield step;
      else yield* this._pastDamage(from, end);
      from = end + 1n;
    }
  }

  private *_pastDamage(first: bigint, last: bigint): Generator<TopicOfRow[]> {
    for (let from = first; from <= last; ) {
      const { rows } = this._table.next(from, last, ROWS_A_LOOK);
      const end = rows.at(-1);
      if (end === undefined) return;
      yield this._oneByOne(rows);
      from = end + 1n;
    }
  }

  private _oneByOne(rows: Iterable<bigint>): TopicOfRow[] {
    return [...rows].flatMap((row) => this._read('list', { list: `[${row}]` }) ?? []);
  }

  /** Undefined: they cannot be read. */
  private _read(selection: Selection, rows: Record<string, unknown>): TopicOfRow[] | undefined {
    try {
      const [ids, topics] = this._statements[selection].get(...this._parameters, rows) as [string, string];
      const topicOf = JSON.parse(topics) as (string | null)[];
      return (JSON.parse(ids) as string[]).map((id, i) => ({ row: BigInt(id), topic: topicOf[i] }));
    } catch (error) {
      if (isDamage(error) || isTooLarge(error)) return undefined;
      throw error;
    }
  }
}

function isWanted(event: TopicOfRow): event is TopicState {
  return event.topic !== null;
}

/** The last event of each topic, in the order given. */
export function lastOfEach(events: Iterable<TopicState>): TopicState[] {
  const last = new Map<string, TopicState>();
  for (const event of events) {
    // Entered anew, so that they are in order of their last events.
    last.delete(event.topic);
    last.set(event.topic, event);
  }
  return [...last.values()];
}
