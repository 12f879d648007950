import { isUtf8 } from 'node:buffer';
import { type AttributeKey, keyBeforeTheFirst, MOST_KEYS, NO_KEY } from '../../encode/attribute-key.js';
import { type Interned, Interner } from '../../encode/interner.js';
import * as json from '../../encode/json-bytes.js';
import { pythonNumberToJson } from '../../encode/python-number.js';
import { formOfNumber } from '../../encode/time-form.js';
import { holdsAt, isAsciiAt, wordsOf } from '../../encode/words.js';
import type { RowsRead } from '../events/page-reader.js';
import { newKeys } from '../events/row-encoder.js';
import type { RowColumns, RowReader } from '../events/row-reader.js';
import { timeIn } from '../events/time-walk.js';
import { IdOrder } from '../pages/id-order.js';
import { OddRow } from '../pages/odd-row.js';
import { isInteger, isText, SERIAL, sizeOf } from '../pages/record.js';
import type { TableCursor } from '../pages/table-cursor.js';
import { TOPIC_ATTRIBUTES } from '../schema/topic-place.js';
import { KNOWN_KEYS, PLAIN_DIGITS, TOPIC_PARTS } from './event-scan.js';

const [NUMBER, BOOLEAN, TRUE, FALSE] = ['number', 'boolean', 'true', 'false'].map((word) =>
  wordsOf(Buffer.from(word)),
);
const [NUMBER_BYTES, BOOLEAN_BYTES, TRUE_BYTES, FALSE_BYTES] = [6, 7, 4, 5];
const ALL_KNOWN = (1 << KNOWN_KEYS.length) - 1;
/** The known keys that a topic can be made of. */
const OF_TOPIC = (1 << TOPIC_ATTRIBUTES.length) - 1;
/** More distinct topics than a real night has. Beyond it they are forgotten, to bound memory. */
const MOST_TOPICS = 1 << 16;

/** A topic, or a part of one, as it is stored. */
class TopicText implements Interned {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly parts: number;

  /** @throws OddRow where it is not UTF-8 */
  constructor(bytes: Uint8Array, id: number) {
    if (!isUtf8(bytes)) throw new OddRow('a topic that is not in UTF-8');
    this.id = id;
    this.bytes = bytes;
    this.parts = 1 + bytes.reduce((points, byte) => points + (byte === json.POINT ? 1 : 0), 0);
  }
}

/**
 * Finds out, from the rows of the tables as they are stored, which events a check has nothing to say about but their times. An event
 * that may have something odd is an `OddRow`: SQLite reads it for `EventScan`, which says what that is.
 */
export class SoundEvents implements RowReader, RowsRead {
  rows = 0;
  readonly ids = new IdOrder();
  /** The row ids of the events that were read since `clear`. */
  readonly eventRows: number[] = [];
  /** When each of these is due, in Unix seconds. */
  readonly dueS: number[] = [];
  private readonly _columns: RowColumns;
  private _keys = newKeys();
  private _firstKey = keyBeforeTheFirst();
  /** Of each key, its bit among `KNOWN_KEYS`; 0: it is none of them. */
  private _knownBits: number[] = [];
  private _topics = newTopics();
  private _serial = 0;
  // Of the current event:
  private _idType = 0;
  private _id = 0;
  private _wireS = Number.NaN;
  /** Parts of its topic. */
  private _parts = 0;

  constructor(columns: RowColumns) {
    this._columns = columns;
  }

  /** Forgets all events. */
  clear(): void {
    this.eventRows.length = 0;
    this.dueS.length = 0;
  }

  add(row: number): void {
    this.eventRows.push(row);
    this.dueS.push(this._wireS);
  }

  forgetFrom(row: number): void {
    const { eventRows, dueS } = this;
    while (eventRows.length > 0 && eventRows[eventRows.length - 1] >= row) eventRows.length -= 1;
    dueS.length = eventRows.length;
  }

  refresh(): void {
    if (this._topics.size > MOST_TOPICS) this._topics = newTopics();
    if (this._keys.size <= MOST_KEYS) return;
    this._keys = newKeys();
    this._firstKey = keyBeforeTheFirst();
    this._knownBits = [];
  }

  isWanted(): boolean {
    return true;
  }

  take(events: TableCursor, attributes: TableCursor): boolean {
    this._parts = 0;
    for (const column of this._columns.event.topic) this._addParts(events, column);
    this._takeId(events);
    const { dataTime } = this._columns.event;
    if (dataTime !== -1 && hasValue(events.types[events.row + dataTime])) usableTime(events, dataTime);
    this._serial += 1;
    this._wireS = Number.NaN;
    let key = this._firstKey;
    let [rows, known] = [0, 0];
    const isOfAttributes = this._columns.event.topic.length === 0;
    for (; attributes.isOnRow && this._isOwn(attributes, events); attributes.next()) {
      rows += 1;
      key = this._keyAfter(key, attributes);
      if (key.lastEvent === this._serial) throw new OddRow('a key that occurs twice');
      key.lastEvent = this._serial;
      known |= this._knownBits[key.id];
      if (isOfAttributes && (this._knownBits[key.id] & OF_TOPIC) !== 0)
        this._addParts(attributes, this._columns.attribute.value);
      if (key.kind === 'plain') this._checkValue(attributes);
      else this._takeTime(key, attributes);
    }
    if (known !== ALL_KNOWN) throw new OddRow('an event without one of the known keys');
    if (Number.isNaN(this._wireS)) throw new OddRow('an event without a wire time');
    if (this._parts !== TOPIC_PARTS) throw new OddRow(`a topic of ${this._parts} parts`);
    this.rows = rows;
    if (isText(this._idType)) {
      const at = events.row + this._columns.event.id;
      this.ids.addText(events.bytes, events.starts[at], sizeOf(events.types[at]));
    } else this.ids.addInteger(this._id);
    return true;
  }

  /** Counts the parts of the topic that a value gives. */
  private _addParts({ bytes, types, starts, row }: TableCursor, column: number): void {
    const type = types[row + column];
    if (!isText(type)) throw new OddRow('a topic that is no text');
    const start = starts[row + column];
    this._parts += this._topics.intern(bytes, start, start + sizeOf(type)).parts;
  }

  private _takeId(events: TableCursor): void {
    const { id } = this._columns.event;
    this._idType = id === -1 ? SERIAL.ONE : events.types[events.row + id];
    if (isInteger(this._idType)) this._id = id === -1 ? events.rowid : events.integer(id);
    else if (!isText(this._idType)) throw new OddRow('an id that is neither an integer nor a text');
  }

  /** Whether an attribute is one of the current event. */
  private _isOwn(attributes: TableCursor, events: TableCursor): boolean {
    const { eventId } = this._columns.attribute;
    const type = attributes.types[attributes.row + eventId];
    if (isInteger(this._idType)) return isInteger(type) && attributes.integer(eventId) === this._id;
    if (type !== this._idType) return false;
    const start = attributes.starts[attributes.row + eventId];
    const idAt = events.starts[events.row + this._columns.event.id];
    const length = sizeOf(type);
    let matched = 0;
    while (matched < length && attributes.bytes[start + matched] === events.bytes[idAt + matched])
      matched += 1;
    return matched === length;
  }

  /** The key of an attribute: nearly always the one that followed last time. */
  private _keyAfter(before: AttributeKey, { bytes, view, types, starts, row }: TableCursor): AttributeKey {
    const { key: column } = this._columns.attribute;
    const type = types[row + column];
    if (!isText(type)) throw new OddRow('a key that is no text');
    const length = sizeOf(type);
    const at = starts[row + column];
    const expected = before.next;
    if (
      expected.id !== NO_KEY &&
      expected.bytes.length === length &&
      holdsAt(view, at, expected.words, length)
    )
      return expected;
    const found = this._keys.intern(bytes, at, at + length);
    this._knownBits[found.id] ??= knownBit(found);
    before.next = found;
    return found;
  }

  private _takeTime({ kind }: AttributeKey, attributes: TableCursor): void {
    const { value } = this._columns.attribute;
    if (kind === 'wireTime') this._wireS = usableTime(attributes, value);
    else if (attributes.types[attributes.row + value] !== SERIAL.NULL) usableTime(attributes, value);
  }

  /** Whether a value is one of its `data_type`. */
  private _checkValue(attributes: TableCursor): void {
    const { view, types, starts, row } = attributes;
    const { value, dataType } = this._columns.attribute;
    const type = types[row + value];
    if (type === SERIAL.NULL) return;
    const start = starts[row + value];
    const typeAt = dataType === -1 ? 0 : starts[row + dataType];
    const typeBytes = dataType === -1 || !isText(types[row + dataType]) ? 0 : sizeOf(types[row + dataType]);
    let fits: boolean;
    if (typeBytes === NUMBER_BYTES && holdsAt(view, typeAt, NUMBER, NUMBER_BYTES))
      fits = isNumber(attributes, type, start);
    else if (typeBytes === BOOLEAN_BYTES && holdsAt(view, typeAt, BOOLEAN, BOOLEAN_BYTES))
      fits = isBoolean(attributes, type, start);
    else fits = isText(type) ? isUtf8Text(attributes, type, start) : type < SERIAL.BLOB;
    if (!fits) throw new OddRow('a value that is not of its type');
  }
}

function newTopics(): Interner<TopicText> {
  return new Interner((bytes, id) => new TopicText(bytes, id));
}

function knownBit({ bytes }: AttributeKey): number {
  const place = (KNOWN_KEYS as readonly string[]).indexOf(Buffer.from(bytes).toString());
  return place === -1 ? 0 : 1 << place;
}

/** Whether a column of the event table has a value: a BLOB is taken for none. */
function hasValue(type: number): boolean {
  return type !== SERIAL.NULL && (type < SERIAL.BLOB || isText(type));
}

/** A time in Unix seconds. @throws OddRow where it is not usable, or not plausible */
function usableTime(cursor: TableCursor, column: number): number {
  const type = cursor.types[cursor.row + column];
  const timeS = timeIn(cursor, column);
  if (formOfNumber(timeS) !== 'seconds') throw new OddRow('a time that is not usable, or not plausible');
  if (isText(type) && !isUtf8Text(cursor, type, cursor.starts[cursor.row + column]))
    throw new OddRow('a time that is not in UTF-8');
  return timeS;
}

/** Whether a value that is neither NULL nor a BLOB is a number, as it is converted. */
function isNumber({ bytes, view }: TableCursor, type: number, start: number): boolean {
  if (isInteger(type)) return true;
  if (type === SERIAL.REAL) return Number.isFinite(view.getFloat64(start));
  if (!isText(type)) return false;
  const end = start + sizeOf(type);
  const digitsAt = bytes[start] === json.MINUS ? start + 1 : start;
  let at = digitsAt;
  while (at < end && json.isDigit(bytes[at])) at += 1;
  const digits = at - digitsAt;
  if (digits > 0 && at < end && bytes[at] === json.POINT) {
    at += 1;
    while (at < end && json.isDigit(bytes[at])) at += 1;
  }
  if (digits > 0 && digits < PLAIN_DIGITS && at === end) return true;
  return pythonNumberToJson(json.decodeUtf8(bytes.subarray(start, end))) !== undefined;
}

function isBoolean({ view }: TableCursor, type: number, start: number): boolean {
  if (!isText(type)) return false;
  const length = sizeOf(type);
  if (length === TRUE_BYTES) return holdsAt(view, start, TRUE, length);
  return length === FALSE_BYTES && holdsAt(view, start, FALSE, length);
}

function isUtf8Text({ bytes, view }: TableCursor, type: number, start: number): boolean {
  const length = sizeOf(type);
  return isAsciiAt(view, start, length) || isUtf8(bytes.subarray(start, start + length));
}
