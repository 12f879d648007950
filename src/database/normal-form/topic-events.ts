import { timeOfStored } from '../../encode/time-value.js';
import { TimeHeap } from '../../shared/time-heap.js';
import { type Connection, quoted } from '../connection.js';
import type { GoOn } from '../go-on.js';
import { TIME_ATTRIBUTES } from '../schema/sampled-times.js';
import type { TimeUnits, TopicTable, TopicTables } from '../schema/source-shape.js';
import { EventRows, inSeconds, type NormalAttribute } from './event-rows.js';

/**
 * Writes the events of tables of topics, merged by their times. The rows of one table keep their order; one without a usable
 * time follows the row before it.
 *
 * @param passed called for each row
 */
export function writeTopicEvents(
  made: Connection,
  source: Connection,
  { tables, units }: TopicTables,
  passed: GoOn,
): void {
  const rows = new EventRows(made, 1);
  const opened: TopicRows[] = [];
  try {
    const heads = new TimeHeap<TopicRows>();
    for (const table of tables) {
      const events = new TopicRows(source, table, units);
      opened.push(events);
      if (events.next()) heads.push(events.keyS, events);
    }
    while (heads.earliest !== Number.POSITIVE_INFINITY) {
      passed();
      const events = heads.peek();
      rows.add([events.topic], events.time, events.attributes());
      if (events.next()) heads.reschedule(events.keyS);
      else heads.pop();
    }
    rows.finish();
  } finally {
    for (const events of opened) events.close();
  }
}

/** The rows of one table, one at a time. */
class TopicRows {
  readonly topic: string;
  /** Time of the current row, in Unix seconds, as it is written. */
  time: unknown;
  /** The current row comes at this time among those of other tables. */
  keyS = -Number.MAX_VALUE;
  private readonly _rows: Iterator<unknown[]>;
  private readonly _columns: readonly string[];
  private readonly _units: TimeUnits;
  private _values: unknown[] = [];

  constructor(
    source: Connection,
    { table, rowid, isTable, time, topic, columns }: TopicTable,
    units: TimeUnits,
  ) {
    this.topic = topic;
    this._columns = columns;
    this._units = units;
    const order = rowid === undefined ? '' : `ORDER BY ${quoted(rowid)}`;
    const names = [time, ...columns].map(quoted).join(', ');
    this._rows = source
      .prepare(`SELECT ${names} FROM ${quoted(table)} ${isTable ? 'NOT INDEXED' : ''} ${order}`)
      .raw()
      .safeIntegers()
      .iterate() as Iterator<unknown[]>;
  }

  /** Goes to the next row. @returns false where there is none */
  next(): boolean {
    const { done, value } = this._rows.next();
    if (done === true) return false;
    [this.time, ...this._values] = value;
    this.time = inSeconds(this.time, this._units.column);
    const timeS = timeOfStored(typeof this.time === 'bigint' ? Number(this.time) : this.time);
    if (Number.isFinite(timeS)) this.keyS = timeS;
    return true;
  }

  /** Ends the reading: a connection cannot be closed while it goes on. */
  close(): void {
    this._rows.return?.();
  }

  *attributes(): Generator<NormalAttribute> {
    for (const [i, key] of this._columns.entries()) {
      const stored = this._values[i];
      const isTime = (TIME_ATTRIBUTES as readonly string[]).includes(key);
      const value = isTime ? inSeconds(stored, this._units.attributes) : stored;
      const isNumber = typeof stored === 'number' || typeof stored === 'bigint' || value !== stored;
      yield [key, value, isNumber ? 'number' : 'string'];
    }
  }
}
