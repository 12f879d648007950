import type { Rows } from './batch-reader.js';
import { type Connection, readError, type Statement } from './connection.js';
import { EventQuery, type Selection } from './event-query.js';
import type { EventTable } from './event-table.js';
import { filterParameters } from './filter-sql.js';
import type { ReadRules, Recording } from './recording.js';

/** Where an event stands that was the last of its topic before a moment. */
export interface TopicState {
  readonly topic: string;
  readonly row: bigint;
}

const ROWS_A_STEP = 1024;
/** Up to so many rows of a step have their times looked up one by one; else those of the whole step are read. */
const FEW_ROWS = 32;

/** Finds the last event of each wanted topic. Only the topics are read of most events. */
export class TopicStates {
  private readonly _path: string;
  private readonly _table: EventTable;
  private readonly _statements: Record<Selection, Statement>;
  private readonly _parameters: string[];

  constructor(connection: Connection, recording: Recording, rules: ReadRules, table: EventTable) {
    const query = new EventQuery(recording.schema);
    const prepare = (selection: Selection) => connection.prepare(query.topics(selection, rules.filter)).raw();
    this._path = recording.path;
    this._table = table;
    this._statements = { range: prepare('range'), list: prepare('list') };
    this._parameters = filterParameters(rules.filter);
  }

  /**
   * @param rows are searched from their end; those of a list are known to be due before the moment
   * @param beforeS the moment, in Unix seconds
   * @throws TcsReplayError `READ_FAILED`
   */
  find(rows: Rows, beforeS: number): TopicState[] {
    const met = new Set<string>();
    const found: TopicState[] = [];
    try {
      for (const step of this._stepsBack(rows)) {
        const candidates = step.filter(({ topic }) => !met.has(topic));
        const isBefore = 'list' in rows ? () => true : this._isDueBefore(beforeS, step, candidates);
        for (const state of candidates) {
          if (met.has(state.topic) || !isBefore(state.row)) continue;
          met.add(state.topic);
          found.push(state);
        }
      }
    } catch (error) {
      throw readError(this._path, error);
    }
    return found;
  }

  /** Wanted events from the last one back, in steps. */
  private *_stepsBack(rows: Rows): Generator<TopicState[]> {
    if ('list' in rows) {
      const all = this._read('list', { list: `[${rows.list.join(',')}]` });
      yield all.filter(({ topic }) => topic !== null).reverse();
      return;
    }
    let { last } = rows;
    for (;;) {
      const step = this._read('range', { first: rows.first, last, count: ROWS_A_STEP });
      const next = step.at(-1)?.row;
      if (next === undefined) return;
      yield step.filter(({ topic }) => topic !== null);
      if (next === rows.first) return;
      last = next - 1n;
    }
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
    if (asked.length <= FEW_ROWS)
      return (row) => this._table.times(row, 1, row).some(({ dueTimeS }) => dueTimeS < beforeS);
    const early = new Set<bigint>();
    for (const { row, dueTimeS } of this._table.times(step[step.length - 1].row, ROWS_A_STEP)) {
      if (dueTimeS < beforeS) early.add(row);
    }
    return (row) => early.has(row);
  }
}
