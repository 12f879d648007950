import { isUtf8 } from 'node:buffer';
import { type BatchBuilder, NO_SLOT } from '../../batch/batch.js';
import { AttributeKey, keyBeforeTheFirst, MOST_KEYS, NO_KEY } from '../../encode/attribute-key.js';
import type { EventNotes } from '../../encode/batch-notes.js';
import { MARK } from '../../encode/encode-rules.js';
import { Interner } from '../../encode/interner.js';
import * as json from '../../encode/json-bytes.js';
import { writePlainString } from '../../encode/plain-string.js';
import { pythonNumberToJson } from '../../encode/python-number.js';
import { SLOT_BYTES } from '../../encode/time-slot.js';
import { timeOfText } from '../../encode/time-value.js';
import type { Topic } from '../../encode/topic.js';
import { holdsAt, wordsOf } from '../../encode/words.js';
import { RangeCursor } from '../../selection/time-ranges.js';
import { IdOrder } from '../pages/id-order.js';
import { OddRow } from '../pages/odd-row.js';
import type { RealText } from '../pages/real-text.js';
import { integerAt, isInteger, isText, SERIAL } from '../pages/record.js';
import type { TableCursor } from '../pages/table-cursor.js';
import type { ReadRules } from '../recording.js';
import type { AttributeColumns, EventColumns, RowColumns, RowReader } from './row-reader.js';
import { type RowTopics, TopicParts } from './row-topics.js';

const NUMBER = wordsOf(Buffer.from('number'));
const NUMBER_TYPE = SERIAL.TEXT + 2 * 'number'.length;
const BOOLEAN = wordsOf(Buffer.from('boolean'));
const BOOLEAN_TYPE = SERIAL.TEXT + 2 * 'boolean'.length;
const TRUE = wordsOf(Buffer.from('true'));
const FALSE = wordsOf(Buffer.from('false'));
/** Most payload bytes for a byte of a record: one that is not ASCII becomes `\uXXXX`. */
const LARGEST_GROWTH = 6;
/** Payload bytes of an attribute besides those of its key and value, an integer or a REAL included. */
const ATTRIBUTE_BYTES = 64;
/** A number with at most this many digits before the point is finite as a double. */
const SURELY_FINITE_DIGITS = 300;

const QUOTE_AND_COLON = 0x3a22;

/** How an attribute's text is written. */
type TextForm = 'string' | 'number' | 'boolean';

/**
 * Encodes events as JSON payloads, from the rows of the tables as they are stored. It makes what `EventEncoder` makes of the
 * same rows, byte for byte. What is rare it does not know, and throws an `OddRow`: the event is left to SQLite then.
 */
export class RowEncoder implements RowReader {
  rows = 0;
  readonly ids = new IdOrder();
  private readonly _rules: ReadRules;
  private readonly _builder: BatchBuilder;
  private readonly _notes: EventNotes;
  private readonly _topics: RowTopics;
  /** Undefined where topics are made of columns. */
  private readonly _topicParts: TopicParts | undefined;
  private readonly _real: RealText;
  private readonly _eventColumns: EventColumns;
  private readonly _columns: AttributeColumns;
  private readonly _isTyped: boolean;
  private readonly _isMarked: boolean;
  private readonly _wanted: RangeCursor | undefined;
  private _keys = newKeys();
  private _firstKey = keyBeforeTheFirst();
  /** Number of the current event: detects a key that occurs twice in it. */
  private _serial = 0;

  // State of the current event.
  private _topic: Topic | undefined;
  private _wireS = Number.NaN;
  private _dataS = Number.NaN;
  private _wireSlot = NO_SLOT;
  private _dataSlot = NO_SLOT;

  constructor(
    rules: ReadRules,
    columns: RowColumns,
    to: { readonly builder: BatchBuilder; readonly notes: EventNotes },
    topics: RowTopics,
    real: RealText,
  ) {
    this._rules = rules;
    this._builder = to.builder;
    this._notes = to.notes;
    this._topics = topics;
    this._topicParts = topics.areOfAttributes ? new TopicParts() : undefined;
    this._real = real;
    this._eventColumns = columns.event;
    this._columns = columns.attribute;
    this._isTyped = (rules.convertNumber || rules.convertBool) && columns.attribute.dataType !== -1;
    this._isMarked = rules.values === 'marked';
    this._wanted = rules.ranges && new RangeCursor(rules.ranges);
  }

  refresh(): void {
    this._topics.refresh();
    if (this._keys.size <= MOST_KEYS) return;
    this._keys = newKeys();
    this._topicParts?.forgetKeys();
    this._firstKey = keyBeforeTheFirst();
  }

  /** An event that is not wanted is counted as skipped. */
  isWanted(events: TableCursor): boolean {
    if (this._topicParts !== undefined) return true;
    this._topic = this._topics.of(events);
    if (this._topic !== undefined) return true;
    this._builder.skipped += 1;
    return false;
  }

  /** Appends an event to the builder. */
  take(events: TableCursor, attributes: TableCursor): boolean {
    const end = this._attributes(events, attributes);
    if (this._topicParts !== undefined) {
      this._topic = this._topics.ofAttributes(this._topicParts, events.rowid);
      if (this._topic === undefined) {
        this._builder.skipped += 1;
        return false;
      }
    }
    const due = this._dueOf(events);
    if (this._wanted?.isWithin(due) === false) return true;
    const key = this._rules.keyTime === 'data' ? this._dataKey(events, due) : due;
    const topic = this._topic;
    if (topic === undefined) throw new OddRow('an event that is not wanted');
    // Nothing is noted of an event before it is sure to be appended.
    if (Number.isNaN(this._wireS)) {
      this._notes.note(this._builder.count, Number.isNaN(due) ? 'missingTime' : 'missingWireTime');
    }
    const topicIndex = this._notes.indexOf(topic);
    this._builder.add(end, topicIndex, due, this._dataS, this._wireSlot, this._dataSlot, key);
    return true;
  }

  /** Writes the payload of an event. @returns the offset just past it */
  private _attributes(events: TableCursor, attributes: TableCursor): number {
    this._serial += 1;
    this._wireS = Number.NaN;
    this._dataS = Number.NaN;
    this._wireSlot = NO_SLOT;
    this._dataSlot = NO_SLOT;
    const builder = this._builder;
    const { eventId, key: keyColumn, value: valueColumn } = this._columns;
    const serial = this._serial;
    const isTyped = this._isTyped;
    const topicParts = this._topicParts;
    topicParts?.clear();
    let out = builder.bytes;
    let outView = builder.view;
    let to = builder.length;
    let key = this._firstKey;
    let rows = 0;
    let form: TextForm = 'string';
    const idType = this._idType(events);
    const idBytes = events.bytes;
    const idAt = events.starts[events.row + Math.max(0, this._eventColumns.id)];
    const hasTextId = isText(idType);
    const idLength = hasTextId ? (idType - SERIAL.TEXT) >> 1 : 0;
    const id = hasTextId ? 0 : this._integerId(events);
    out[to++] = json.OPEN_BRACE;
    while (attributes.isOnRow) {
      const { bytes, view, types, starts, row } = attributes;

      // Whose row it is.
      const type = types[row + eventId];
      let at = starts[row + eventId];
      if (hasTextId) {
        if (type !== idType) break;
        let matched = 0;
        while (matched < idLength && bytes[at + matched] === idBytes[idAt + matched]) matched += 1;
        if (matched < idLength) break;
      } else if (!isInteger(type) || integerAt(bytes, type, at) !== id) break;
      rows += 1;

      const mostBytes = LARGEST_GROWTH * attributes.payloadBytes + ATTRIBUTE_BYTES;
      if (to + mostBytes > out.length) {
        builder.reserve(mostBytes, to);
        out = builder.bytes;
        outView = builder.view;
      }

      // The key: nearly always the predicted one.
      const keyType = types[row + keyColumn];
      if (!isText(keyType)) throw new OddRow('a key that is no text');
      at = starts[row + keyColumn];
      const keyLength = (keyType - SERIAL.TEXT) >> 1;
      const expected = key.next;
      if (
        expected.bytes.length === keyLength &&
        expected.id !== NO_KEY &&
        holdsAt(view, at, expected.words, keyLength)
      ) {
        key = expected;
      } else {
        const found = this._keys.intern(bytes, at, at + keyLength);
        key.next = found;
        key = found;
      }
      to = key.isVerbatim ? writeKey(key, outView, to) : writeBytes(key.text, out, to);
      if (key.lastEvent === serial) throw new OddRow('a key that occurs twice');
      key.lastEvent = serial;
      if (isTyped) form = this._formOf(attributes);
      if (topicParts !== undefined) topicParts.take(key, attributes, valueColumn);

      // The value.
      at = starts[row + valueColumn];
      const valueType = types[row + valueColumn];
      if (key.kind !== 'plain') to = this._time(attributes, valueType, at, out, to, key, form);
      else if (isText(valueType) && form === 'string') {
        const end = at + ((valueType - SERIAL.TEXT) >> 1);
        const written = writePlainString(view, at, end, outView, to);
        to = written === -1 ? this._text(attributes, at, end, out, to) : written;
      } else to = this._value(attributes, valueType, at, out, to, form);
      out[to++] = json.COMMA;
      attributes.next();
    }
    if (rows === 0) throw new OddRow('an event without attributes here');
    out[to - 1] = json.CLOSE_BRACE;
    this.rows = rows;
    if (hasTextId) this.ids.addText(idBytes, idAt, idLength);
    else this.ids.addInteger(id);
    return to;
  }

  /** Serial type of the event's id; `SERIAL.ONE` where it is the row id. */
  private _idType({ types, row }: TableCursor): number {
    const { id } = this._eventColumns;
    if (id === -1) return SERIAL.ONE;
    const type = types[row + id];
    if (!isText(type) && !isInteger(type)) throw new OddRow('an id that is neither an integer nor a text');
    return type;
  }

  private _integerId(events: TableCursor): number {
    const { id } = this._eventColumns;
    return id === -1 ? events.rowid : events.integer(id);
  }

  /** How the text of the current attribute is written, by its `data_type`. */
  private _formOf({ view, types, starts, row }: TableCursor): TextForm {
    const column = row + this._columns.dataType;
    const type = types[column];
    const start = starts[column];
    if (type === NUMBER_TYPE && this._rules.convertNumber && holdsAt(view, start, NUMBER, 6)) return 'number';
    if (type === BOOLEAN_TYPE && this._rules.convertBool && holdsAt(view, start, BOOLEAN, 7))
      return 'boolean';
    return 'string';
  }

  /** Writes a value of any kind, as those below. @returns the offset just past it in the output */
  private _value(
    from: TableCursor,
    type: number,
    at: number,
    out: Uint8Array,
    to: number,
    form: TextForm,
  ): number {
    if (isText(type)) {
      const end = at + ((type - SERIAL.TEXT) >> 1);
      if (form === 'number') return this._typed(form, from, at, end, out, to);
      if (form === 'boolean') return this._typed(form, from, at, end, out, to);
      return this._text(from, at, end, out, to);
    }
    if (type === SERIAL.NULL) return write('null', out, to);
    if (type === SERIAL.REAL) {
      const value = from.view.getFloat64(at);
      if (value === Number.POSITIVE_INFINITY) return write('"inf"', out, to);
      if (value === Number.NEGATIVE_INFINITY) return write('"-inf"', out, to);
      return write(this._real.of(value), out, to);
    }
    if (isInteger(type)) return write(String(integerAt(from.bytes, type, at)), out, to);
    throw new OddRow('a value that is a BLOB');
  }

  private _text({ bytes }: TableCursor, start: number, end: number, out: Uint8Array, to: number): number {
    const content = bytes.subarray(start, end);
    if (!isUtf8(content)) throw new OddRow('a text that is not in UTF-8');
    return write(json.asciiJsonString(json.decodeUtf8(content)), out, to);
  }

  /** Writes a text as its type says: as a number or boolean, or as a marked text. */
  private _typed(
    type: keyof typeof MARK,
    from: TableCursor,
    start: number,
    end: number,
    out: Uint8Array,
    to: number,
  ): number {
    const past =
      type === 'number' ? this._number(from, start, end, out, to) : this._boolean(from, start, end, out, to);
    if (!this._isMarked || out[to] === json.QUOTE) return past;
    out[to] = MARK[type];
    const plain = writePlainString(from.view, start, end, this._builder.view, to + 1);
    return plain === -1 ? this._text(from, start, end, out, to + 1) : plain;
  }

  /** Writes a text as a number if Python reads it as one, otherwise as a string. */
  private _number(from: TableCursor, start: number, end: number, out: Uint8Array, to: number): number {
    const { bytes } = from;
    // Nearly all numbers have the form -?(0|[1-9][0-9]*)(.[0-9]+)?, which is JSON already.
    let i = start;
    let o = to;
    const isNegative = i < end && bytes[i] === json.MINUS;
    if (isNegative) out[o++] = bytes[i++];
    const wholeStart = i;
    while (i < end && json.isDigit(bytes[i])) out[o++] = bytes[i++];
    const wholeDigits = i - wholeStart;
    let isJson = wholeDigits > 0 && (bytes[wholeStart] !== json.ZERO || wholeDigits === 1);
    if (i < end && bytes[i] === json.POINT) {
      out[o++] = bytes[i++];
      const fractionStart = i;
      while (i < end && json.isDigit(bytes[i])) out[o++] = bytes[i++];
      isJson &&= i > fractionStart;
    } else {
      isJson &&= !(isNegative && bytes[wholeStart] === json.ZERO);
    }
    if (isJson && i === end && wholeDigits <= SURELY_FINITE_DIGITS) return o;
    const text = json.decodeUtf8(bytes.subarray(start, end));
    const number = pythonNumberToJson(text);
    return number === undefined ? this._text(from, start, end, out, to) : write(number, out, to);
  }

  /** Writes a text as a boolean if it is `true` or `false`, otherwise as a string. */
  private _boolean(from: TableCursor, start: number, end: number, out: Uint8Array, to: number): number {
    const length = end - start;
    if (length === 4 && holdsAt(from.view, start, TRUE, length)) return write('true', out, to);
    if (length === 5 && holdsAt(from.view, start, FALSE, length)) return write('false', out, to);
    return this._text(from, start, end, out, to);
  }

  /** Writes a time: as a slot if it is usable and rules ask for slots, otherwise like any other value. */
  private _time(
    from: TableCursor,
    type: number,
    at: number,
    out: Uint8Array,
    to: number,
    key: AttributeKey,
    form: TextForm,
  ): number {
    const timeS = this._timeOf(from, type, at);
    const isSlot = this._rules.timeSlots && !Number.isNaN(timeS);
    let end = to + SLOT_BYTES.json;
    if (isSlot) for (let i = to; i < end; i++) out[i] = json.ZERO;
    else end = this._value(from, type, at, out, to, form);
    const slot = isSlot ? to : NO_SLOT;
    if (key.kind === 'wireTime') {
      this._wireS = timeS;
      this._wireSlot = slot;
    } else {
      this._dataS = timeS;
      this._dataSlot = slot;
    }
    return end;
  }

  /** The value of a time in Unix seconds; NaN where it is not usable. */
  private _timeOf({ bytes, view }: TableCursor, type: number, at: number): number {
    if (isText(type)) return timeOfText(bytes, at, at + ((type - SERIAL.TEXT) >> 1));
    if (isInteger(type)) return integerAt(bytes, type, at);
    if (type !== SERIAL.REAL) return Number.NaN;
    const value = view.getFloat64(at);
    // A REAL goes through the text that SQLite makes of it.
    return Number.isFinite(value) ? Number(this._real.of(value)) : Number.NaN;
  }

  /** The due time of the current event. */
  private _dueOf(events: TableCursor): number {
    if (!Number.isNaN(this._wireS)) return this._wireS;
    if (Number.isNaN(this._dataS)) this._dataS = this._tableTime(events);
    return this._dataS;
  }

  /** The data time that orders an event: the table's is preferred to the attribute's. */
  private _dataKey(events: TableCursor, due: number): number {
    const tableS = this._tableTime(events);
    if (!Number.isNaN(tableS)) return tableS;
    return Number.isNaN(this._dataS) ? due : this._dataS;
  }

  /** The data time of the event table. */
  private _tableTime(events: TableCursor): number {
    const { dataTime } = this._eventColumns;
    if (dataTime === -1) return Number.NaN;
    const { types, starts, row } = events;
    return this._timeOf(events, types[row + dataTime], starts[row + dataTime]);
  }
}

/** Writes a key that is verbatim, in quotes, and a colon. @returns the offset just past it */
function writeKey({ bytes: { length }, words }: AttributeKey, out: DataView, to: number): number {
  out.setUint8(to, json.QUOTE);
  for (let i = 0; i < words.length; i++) out.setInt32(to + 1 + 4 * i, words[i], true);
  out.setUint16(to + 1 + length, QUOTE_AND_COLON, true);
  return to + length + 3;
}

/** @returns the offset just past them */
function writeBytes(bytes: Uint8Array, out: Uint8Array, to: number): number {
  out.set(bytes, to);
  return to + bytes.length;
}

/** Writes ASCII. @returns the offset just past it */
function write(ascii: string, out: Uint8Array, to: number): number {
  for (let i = 0; i < ascii.length; i++) out[to + i] = ascii.charCodeAt(i);
  return to + ascii.length;
}

/** Keys that JSON writes as they are: another one is an `OddRow`. */
export function newKeys(): Interner<AttributeKey> {
  return new Interner(plainKey);
}

/** @throws OddRow for a key that JSON writes with escapes, or that is not UTF-8 */
function plainKey(bytes: Uint8Array, id: number): AttributeKey {
  for (const byte of bytes) {
    if (byte < 0x20 || byte === json.QUOTE || byte === json.BACKSLASH)
      throw new OddRow('a key that is written with escapes');
  }
  if (!isUtf8(bytes)) throw new OddRow('a key that is not in UTF-8');
  return new AttributeKey(bytes, id, new Map());
}
