import { type TimeUnit, unixSecondsOf } from '../../encode/time-unit.js';
import type { Connection } from '../connection.js';
import { type Cell, RowBuffer } from '../row-buffer.js';

/** An attribute: its name, its value as SQLite is to hold it, its type. */
export type NormalAttribute = readonly [
  key: string,
  value: unknown,
  dataType: 'number' | 'boolean' | 'string',
];

/** Writes events to the tables of a normal form, with ids from 1 in the order of the calls. */
export class EventRows {
  private readonly _made: Connection;
  private readonly _events: RowBuffer;
  private readonly _attributes: RowBuffer;
  private _id = 0n;

  /** @param topicColumns number of columns that hold the topic */
  constructor(made: Connection, topicColumns: number) {
    this._made = made;
    this._events = new RowBuffer(made, 'event', topicColumns + 2);
    this._attributes = new RowBuffer(made, 'attribute', 4);
    made.exec('BEGIN');
  }

  add(topic: readonly unknown[], dataTime: unknown, attributes: Iterable<NormalAttribute>): void {
    this._id += 1n;
    for (const cell of [this._id, ...topic, dataTime]) this._events.push(cell as Cell);
    for (const attribute of attributes) {
      this._attributes.push(this._id);
      for (const cell of attribute) this._attributes.push(cell as Cell);
    }
  }

  finish(): void {
    this._events.flush();
    this._attributes.flush();
    this._made.exec('COMMIT');
  }
}

/** A stored time in Unix seconds; what is no time in the unit stays as it is. */
export function inSeconds(time: unknown, unit: TimeUnit): unknown {
  if (unit === 'unix-s') return time;
  if (typeof time !== 'string' && typeof time !== 'number' && typeof time !== 'bigint') return time;
  return unixSecondsOf(time, unit) ?? time;
}
