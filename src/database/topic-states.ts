import type { Rows } from './batch-reader.js';
import { type Connection, isDamage, readError, type Statement } from './connection.js';
import { EventQuery, type Selection } from './event-query.js';
import type { EventTable } from './event-table.js';
import { filterParameters } from './filter-sql.js';
import type { ReadRules, Recording } from './recording.js';
import type { RowRange } from './time-rows.js';

/** Where an event stands that was the last of its topic before a moment. */
export interface TopicState {
  readonly topic: string;
  readonly row: bigint;
}

const ROWS_A_STEP = 1024;
/** Row ids that are looked through in one go for a topic that has not been met. */
const ROWS_A_LOOK = 1n << 17n;
/** Row ids that are passed over where they cannot be read: no more than stand on a page or two. */
const ROWS_PAST_DAMAGE = 64n;
/** Up to so many rows of a step have their times looked up one by one; else those of the whole step are read. */
const FEW_ROWS = 32;

/** Finds the last event of each wanted topic. Only the topics are read of most events. */
export class TopicStates {
  private readonly _path: string;
  private readonly _table: EventTable;
  private readonly _statements: Record<Selection, Statement>;
  private readonly _unmet: Statement;
  private readonly _parameters: string[];

  constructor(connection: Connection, recording: Recording, rules: ReadRules, table: EventTable) {
    const query = new EventQuery(recording.schema);
    const prepare = (selection: Selection) => connection.prepare(query.topics(selection, rules.filter)).raw();
    this._path = recording.path;
    this._table = table;
    this._statements = { range: prepare('range'), list: prepare('list') };
    this._unmet = connection.prepare(query.lastUnmet(rules.filter)).pluck().safeIntegers();
    this._parameters = filterParameters(rules.filter);
  }

  /**
   * @param rows are searched from their end; those of a list are known to be due before the moment
   * @param beforeS the moment, in Unix seconds
   * @throws TcsReplayError `READ_FAILED`
   */
  find(rows: Rows, beforeS: number): TopicState[] {
    try {
      return 'list' in rows ? this._findInList(rows.list) : this._findInRange(rows, beforeS);
    } catch (error) {
      throw readError(this._path, error);
    }
  }

  private _findInList(list: BigInt64Array<ArrayBuffer>): TopicState[] {
    const last = new Map<string, TopicState>();
    for (const state of this._read('list', { list: `[${list.join(',')}]` })) {
      if (state.topic === null) continue;
      last.delete(state.topic);
      last.set(state.topic, state);
    }
    return [...last.values()].reverse();
  }

  private _findInRange({ first, last: end }: RowRange, beforeS: number): TopicState[] {
    const met = new Map<string, TopicState>();
    for (let last: bigint | undefined = end; last !== undefined && last >= first; ) {
      const step: TopicState[] | undefined = this._stepBack(first, last);
      if (step === undefined) {
        last -= ROWS_PAST_DAMAGE;
        continue;
      }
      const oldest = step.at(-1)?.row;
      if (oldest === undefined) break;
      const candidates = step.filter(({ topic }) => topic !== null && !met.has(topic));
      const isBefore = this._isDueBefore(beforeS, step, candidates);
      for (const state of candidates) {
        if (!met.has(state.topic) && isBefore(state.row)) met.set(state.topic, state);
      }
      // Where all topics are known already, the next one that is not may be far away.
      last = candidates.length === 0 ? this._lastUnmet(first, oldest - 1n, met) : oldest - 1n;
    }
    return [...met.values()];
  }

  /** Events from the last one back; undefined: they cannot be read. */
  private _stepBack(first: bigint, last: bigint): TopicState[] | undefined {
    try {
      return this._read('range', { first, last, count: ROWS_A_STEP });
    } catch (error) {
      if (isDamage(error)) return undefined;
      throw error;
    }
  }

  /** The last row up to `last` that is of another topic than those met; undefined: there is none. */
  private _lastUnmet(first: bigint, last: bigint, met: ReadonlyMap<string, unknown>): bigint | undefined {
    const topics = JSON.stringify([...met.keys()]);
    for (let to = last; to >= first; to -= ROWS_A_LOOK) {
      // In parts: a thread that is told to end does so between them.
      const from = to - ROWS_A_LOOK + 1n;
      try {
        const rows = { first: from > first ? from : first, last: to, met: topics };
        const row = this._unmet.get(...this._parameters, rows) as bigint | null;
        if (row !== null) return row;
      } catch (error) {
        // Step by step, past the damage.
        if (isDamage(error)) return to;
        throw error;
      }
    }
    return undefined;
  }

  private _read(selection: Selection, rows: Record<string, unknown>): TopicState[] {
    const [ids, topics] = this._statements[selection].get(...this._parameters, rows) as [string, string];
    const topicOf = JSON.parse(topics) as string[];
    return (JSON.parse(ids) as string[]).map((id, i) => ({ row: BigInt(id), topic: topicOf[i] }));
  }

  /** Whether events of a step are due before a moment. */
  private _isDueBefore(
    beforeS: number,
    step: readonly TopicState[],
    asked: readonly TopicState[],
  ): (row: bigint) => boolean {
    if (asked.length === 0) return () => false;
    if (asked.length <= FEW_ROWS)
      return (row) => this._table.times(row, 1, row).some(({ dueTimeS }) => dueTimeS < beforeS);
    const early = new Set<bigint>();
    for (const { row, dueTimeS } of this._table.times(step[step.length - 1].row, ROWS_A_STEP)) {
      if (dueTimeS < beforeS) early.add(row);
    }
    return (row) => early.has(row);
  }
}
