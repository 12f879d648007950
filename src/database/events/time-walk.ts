import { timeOfText } from '../../encode/time-value.js';
import type { Statement } from '../connection.js';
import { IdOrder } from '../pages/id-order.js';
import { OddRow } from '../pages/odd-row.js';
import { PageFault } from '../pages/page-fault.js';
import type { PageFile } from '../pages/page-file.js';
import { integerAt, isInteger, isText, SERIAL, sizeOf } from '../pages/record.js';
import { TableCursor } from '../pages/table-cursor.js';
import type { TableLayout } from '../pages/table-layout.js';
import type { Affinity } from '../schema/affinity.js';
import type { Schema } from '../schema/schema.js';
import { type EventTimes, eventTimes } from './event-times.js';

/** Both times have keys of this serial type, which differ in this byte. */
const TIME_KEY = SERIAL.TEXT + 2 * '__wire_time'.length;
const [WIRE_TIME, DATA_TIME] = ['__wire_time', '__data_time'].map((key) => Buffer.from(key));
const KIND_AT = 2;

/** Affinities of the attributes' column of event ids with which ids are equal only where they are stored alike. */
const OF_INTEGERS: readonly Affinity[] = ['INTEGER', 'NUMERIC', 'BLOB'];
const OF_TEXTS: readonly Affinity[] = ['TEXT', 'BLOB'];

/** A search for attributes takes as long as SQLite takes to read an event: it must not be needed more often than once for this number of events. */
const EVENTS_A_SEARCH = 16;

/** Where what tells times stands in the records of two tables. -1: it does not. */
export interface TimeColumns {
  readonly events: TableLayout;
  readonly attributes: TableLayout;
  /** -1: the id is the row id. */
  readonly id: number;
  readonly dataTime: number;
  readonly eventId: number;
  readonly key: number;
  readonly value: number;
  /** Whether ids that are integers, or texts, can be compared as they are stored. */
  readonly hasIntegers: boolean;
  readonly hasTexts: boolean;
}

/** @returns undefined where a column that is needed is the row id, which is in no record */
export function timeColumns(
  { event, attribute }: Schema,
  events: TableLayout,
  attributes: TableLayout,
): TimeColumns | undefined {
  const id = events.indexOf(event.id);
  const dataTime = event.dataTime === undefined ? -1 : events.indexOf(event.dataTime);
  const [eventId, key, value] = [attribute.eventId, attribute.key, attribute.value].map(attributes.indexOf);
  if ([eventId, key, value].includes(attributes.rowidColumn)) return undefined;
  if (dataTime !== -1 && dataTime === events.rowidColumn) return undefined;
  return {
    ...{ events, attributes, dataTime, eventId, key, value },
    id: id === events.rowidColumn ? -1 : id,
    hasIntegers: OF_INTEGERS.includes(attribute.eventIdType),
    hasTexts: OF_TEXTS.includes(attribute.eventIdType),
  };
}

/**
 * Walks the event table and the attribute table together, and reads the times of events. What it does not know how to read is
 * an `OddRow`.
 */
export class TimeWalk {
  // Of the events that were read last:
  /** Number of their attribute rows. */
  rows = 0;
  /** Number of those that have attributes. */
  runs = 0;
  readonly ids = new IdOrder();

  private readonly _columns: TimeColumns;
  private readonly _firstAttribute: Statement;
  private readonly _events: TableCursor;
  private readonly _attributes: TableCursor;
  /** Row id of the last event that was read, behind which the cursors stand; undefined: they stand nowhere. */
  private _last: number | undefined;
  /** Whether the attributes' cursor stands where the attributes of an event begin. */
  private _isPlaced = false;
  /** Searches for attributes that are left in this chunk. */
  private _searches = 0;
  // Of the current event:
  private _isInteger = false;
  private _id = 0;
  private _dataTimeS = Number.NaN;
  private _wireTimeS = Number.NaN;

  /** @param firstAttribute a statement that gives the row id of the first attribute of the event at `row` */
  constructor(file: PageFile, columns: TimeColumns, firstAttribute: Statement) {
    this._columns = columns;
    this._firstAttribute = firstAttribute;
    this._events = new TableCursor(file, columns.events.rootPage, columns.events.columns);
    this._attributes = new TableCursor(file, columns.attributes.rootPage, columns.attributes.columns);
  }

  /** Lets go of the pages. To be called where what was read turns out not to be whole, or the database has changed. */
  release(): void {
    this._events.release();
    this._attributes.release();
    this._last = undefined;
    this._isPlaced = false;
  }

  /**
   * Reads the times of the first `count` events from row id `first` on, none beyond `to`.
   *
   * @throws OddRow, PageFault
   */
  read(first: number, count: number, to: number): EventTimes[] {
    const events = this._events;
    if (this._last === undefined || first !== this._last + 1) {
      this.release();
      events.seek(first);
    }
    this.rows = 0;
    this.runs = 0;
    this.ids.clear();
    this._searches = 1 + count / EVENTS_A_SEARCH;
    // Whether ids ascend is known of this chunk alone.
    this._isPlaced = false;
    const times: EventTimes[] = [];
    while (times.length < count && events.isOnRow && events.rowid <= to) {
      const tableTimeS = this._readEvent();
      this._readAttributes();
      times.push(eventTimes(BigInt(events.rowid), tableTimeS, this._dataTimeS, this._wireTimeS));
      this._last = events.rowid;
      events.next();
    }
    return times;
  }

  /** Reads the current event of the table. @returns its data time there */
  private _readEvent(): number {
    const events = this._events;
    const { id, dataTime, hasIntegers, hasTexts } = this._columns;
    const type = id === -1 ? SERIAL.ONE : events.types[events.row + id];
    this._isInteger = isInteger(type);
    if (this._isInteger ? !hasIntegers : !hasTexts || !isText(type))
      throw new OddRow('an event id that is to be compared by SQLite');
    if (this._isInteger) {
      this._id = id === -1 ? events.rowid : events.integer(id);
      this.ids.addInteger(this._id);
    } else this.ids.addText(events.bytes, events.starts[events.row + id], sizeOf(type));
    return dataTime === -1 ? Number.NaN : timeIn(events, dataTime);
  }

  /** Reads the attributes of the current event, which follow each other. */
  private _readAttributes(): void {
    this._dataTimeS = Number.NaN;
    this._wireTimeS = Number.NaN;
    if (!this._areHere()) return;
    this.runs += 1;
    const attributes = this._attributes;
    const { key } = this._columns;
    let rows = 0;
    do {
      rows += 1;
      if (attributes.types[attributes.row + key] === TIME_KEY) this._readTime();
      attributes.next();
    } while (attributes.isOnRow && this._difference() === 0);
    this.rows += rows;
  }

  /** Whether the attributes' cursor stands on the first attribute of the current event; it may have to be searched for. */
  private _areHere(): boolean {
    if (this._isPlaced) {
      const difference = this._attributes.isOnRow ? this._difference() : 1;
      if (difference === 0) return true;
      // Where ids ascend, these attributes are those of a later event, and this one has none.
      if (difference > 0 && this._isInteger && this.ids.isAscending) return false;
    }
    this._searches -= 1;
    if (this._searches < 0) throw new OddRow('attributes that do not stand in the order of the events');
    const row = this._firstAttribute.get({ row: BigInt(this._events.rowid) }) as number | null;
    if (row === null) return false;
    const attributes = this._attributes;
    attributes.seek(row);
    if (!attributes.isOnRow || attributes.rowid !== row) throw new PageFault(`no attribute in row ${row}`);
    if (this._difference() !== 0) throw new PageFault(`the attribute in row ${row} is of another event`);
    this._isPlaced = true;
    return true;
  }

  /** 0 where the current attribute is one of the current event; otherwise how much larger its event id is, or 1 for texts. */
  private _difference(): number {
    const { bytes, types, starts, row } = this._attributes;
    const { eventId, id } = this._columns;
    const type = types[row + eventId];
    const start = starts[row + eventId];
    if (this._isInteger) return integerAt(bytes, type, start) - this._id;
    if (!isText(type)) throw new OddRow('an event id of another type');
    const events = this._events;
    if (type !== events.types[events.row + id]) return 1;
    const others = events.bytes;
    const end = start + sizeOf(type);
    for (let i = start, k = events.starts[events.row + id]; i < end; i++, k++) {
      if (bytes[i] !== others[k]) return 1;
    }
    return 0;
  }

  /** Takes the value of an attribute whose key is as long as those of the times; of several, the last one counts. */
  private _readTime(): void {
    const attributes = this._attributes;
    const { key, value } = this._columns;
    const { bytes } = attributes;
    const start = attributes.starts[attributes.row + key];
    const isWireTime = bytes[start + KIND_AT] === WIRE_TIME[KIND_AT];
    const name = isWireTime ? WIRE_TIME : DATA_TIME;
    for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return;
    const timeS = timeIn(attributes, value);
    if (isWireTime) this._wireTimeS = timeS;
    else this._dataTimeS = timeS;
  }
}

const double = new Float64Array(1);
/** Its bytes, the lowest first: that is the order of all machines that Node runs on. */
const bytesOfDouble = new Uint8Array(double.buffer);

/** The time in a column of the current row in Unix seconds, as `timeOf` reads it from JSON; NaN where it is not usable. */
export function timeIn({ bytes, types, starts, row }: TableCursor, column: number): number {
  const type = types[row + column];
  const start = starts[row + column];
  if (isText(type)) return timeOfText(bytes, start, start + sizeOf(type));
  if (isInteger(type)) return integerAt(bytes, type, start);
  if (type !== SERIAL.REAL) return Number.NaN;
  for (let i = 0; i < 8; i++) bytesOfDouble[7 - i] = bytes[start + i];
  // SQLite writes -0 as 0.
  return Number.isFinite(double[0]) ? double[0] + 0 : Number.NaN;
}
