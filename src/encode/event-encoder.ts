import { isUtf8 } from 'node:buffer';
import { type BatchBuilder, NO_SLOT } from '../batch/batch.js';
import type { Warnings } from '../batch/warnings.js';
import { RangeCursor } from '../selection/time-ranges.js';
import { AttributeKey, keyBeforeTheFirst, MOST_KEYS } from './attribute-key.js';
import type { BatchNotes } from './batch-notes.js';
import { type EncodeRules, MARK, TYPE_LETTER } from './encode-rules.js';
import { Interner } from './interner.js';
import * as json from './json-bytes.js';
import { pythonNumberToJson } from './python-number.js';
import { SLOT_BYTES } from './time-slot.js';
import { timeOf } from './time-value.js';

/** Returns the data time in the event table of the event at `index` of the source, as a JSON value. */
type DataTimeLookup = (index: number) => Uint8Array;

const NUMBER_TYPE = TYPE_LETTER.number.charCodeAt(0);
const BOOLEAN_TYPE = TYPE_LETTER.boolean.charCodeAt(0);
const STRING_TYPE = TYPE_LETTER.string.charCodeAt(0);

/** The end of an infinite REAL as SQLite writes it, `9.0e+999`. No finite REAL ends so. */
const INFINITE_SUFFIX = 'e+999';
/** A number with at most this many digits before the point is finite as a double. */
const SURELY_FINITE_DIGITS = 300;
/** Most payload bytes for a source byte: one that is not ASCII becomes `\uXXXX`. */
const LARGEST_GROWTH = 6;

/**
 * Encodes events as JSON payloads, from the JSON that the event query makes, in one pass over the bytes.
 *
 * The source is one object with a member per event. Its name is the topic. Its value is an object of the attributes
 * in row order, or null where the topic is not wanted. Attribute values are as in the database: TEXT is a string,
 * INTEGER and REAL are numbers, NULL is null, a BLOB is an array of one string, its bytes in hexadecimal.
 */
export class EventEncoder {
  private readonly _rules: EncodeRules;
  private readonly _builder: BatchBuilder;
  private readonly _notes: BatchNotes;
  private readonly _isTyped: boolean;
  private readonly _isMarked: boolean;
  /** The wanted due times; undefined: all. */
  private readonly _wanted: RangeCursor | undefined;
  private _keys = newKeys();
  private _firstKey = keyBeforeTheFirst();
  /** Number of the current event: detects a key that occurs twice in it. */
  private _serial = 0;

  // State of the current event.
  private _wireS = Number.NaN;
  private _dataS = Number.NaN;
  private _wireSlot = NO_SLOT;
  private _dataSlot = NO_SLOT;
  private _hasAttributes = false;
  /** Offset in the output just past what was written last. */
  private _end = 0;

  constructor(rules: EncodeRules, builder: BatchBuilder, notes: BatchNotes) {
    this._rules = rules;
    this._builder = builder;
    this._notes = notes;
    this._isTyped = rules.convertNumber || rules.convertBool;
    this._isMarked = rules.values === 'marked';
    this._wanted = rules.ranges && new RangeCursor(rules.ranges);
  }

  /**
   * Appends all events of `source` to the builder.
   *
   * @param source see the class; it is neither changed nor kept
   * @param dataTimeOf called for events whose attributes hold no usable time; for all where `keyTime` is `data`
   * @returns the number of events in the source, wanted or not
   */
  encode(source: Uint8Array, dataTimeOf: DataTimeLookup): number {
    if (this._keys.size > MOST_KEYS) this._forgetKeys();
    const builder = this._builder;
    let at = 1;
    let index = 0;
    for (; source[at] !== json.CLOSE_BRACE; index++) {
      builder.reserve(LARGEST_GROWTH * (source.length - at) + 64);
      if (source[at] === json.COMMA) at += 1;
      const topicEnd = json.endOfString(source, at + 1);
      const topicStart = at + 1;
      at = topicEnd + 2;
      if (source[at] === json.LOWER_N) {
        at += 4;
        builder.skipped += 1;
        continue;
      }
      const odditiesBefore = this._notes.oddities.length;
      at = this._attributes(source, at, builder.bytes, builder.length);
      const end = this._finish(index, dataTimeOf);
      const due = Number.isNaN(this._wireS) ? this._dataS : this._wireS;
      if (this._wanted?.isWithin(due) === false) {
        this._notes.forgetOddities(odditiesBefore);
        continue;
      }
      const key = this._rules.keyTime === 'data' ? this._dataKey(index, due, dataTimeOf) : due;
      const topicId = this._notes.indexOf(this._notes.topicOf(source, topicStart, topicEnd));
      builder.add(end, topicId, due, this._dataS, this._wireSlot, this._dataSlot, key);
    }
    return index;
  }

  /** The data time that orders an event: the table's is preferred to the attribute's. */
  private _dataKey(index: number, due: number, dataTimeOf: DataTimeLookup): number {
    const dataTime = dataTimeOf(index);
    const tableS = timeOf(dataTime, 0, dataTime.length);
    if (!Number.isNaN(tableS)) return tableS;
    return Number.isNaN(this._dataS) ? due : this._dataS;
  }

  /** Notes an oddity of the event that is being encoded. */
  private _note(kind: keyof Warnings): void {
    this._notes.note(this._builder.count, kind);
  }

  /**
   * Encodes the event whose object begins at `source[at]`, to `out[start.._end)`.
   *
   * @returns the offset in the source just past the object
   */
  private _attributes(source: Uint8Array, at: number, out: Uint8Array, start: number): number {
    this._serial += 1;
    this._wireS = Number.NaN;
    this._dataS = Number.NaN;
    this._wireSlot = NO_SLOT;
    this._dataSlot = NO_SLOT;
    const serial = this._serial;
    const isTyped = this._isTyped;
    let hasDuplicate = false;
    let from = at + 1;
    let to = start;
    let key = this._firstKey;
    let type = STRING_TYPE;
    out[to++] = json.OPEN_BRACE;
    if (source[from] === json.CLOSE_BRACE) {
      out[to++] = json.CLOSE_BRACE;
      this._hasAttributes = false;
      this._end = to;
      return from + 1;
    }
    for (;;) {
      from += 1;
      if (isTyped) type = source[from++];

      // The key: compared with the predicted one, and copied, in one loop.
      const expected = key.next;
      const text = expected.text;
      const length = text.length;
      let matched = 1;
      if (expected.isVerbatim) {
        out[to] = json.QUOTE;
        while (matched < length && source[from + matched - 1] === text[matched]) {
          out[to + matched] = text[matched];
          matched += 1;
        }
      }
      if (matched === length) {
        key = expected;
        from += length - 1;
      } else {
        const end = json.endOfString(source, from);
        const found = this._keys.intern(source, from, end);
        key.next = found;
        key = found;
        out.set(key.text, to);
        from = end + 2;
        if (key.isRepaired) this._note('invalidUtf8');
      }
      to += key.text.length;
      const { first: firstSpelling } = key;
      if (firstSpelling.lastEvent === serial) hasDuplicate = true;
      firstSpelling.lastEvent = serial;

      // The value.
      const first = source[from];
      if (key.kind !== 'plain') {
        from = this._time(source, from, out, to, key, type);
        to = this._end;
      } else if (first === json.QUOTE && type === STRING_TYPE) {
        let i = from + 1;
        let o = to;
        out[o++] = json.QUOTE;
        let byte = source[i];
        while (byte !== json.QUOTE && byte < 0x80) {
          out[o++] = byte;
          i += 1;
          if (byte === json.BACKSLASH) out[o++] = source[i++];
          byte = source[i];
        }
        if (byte === json.QUOTE) {
          out[o++] = json.QUOTE;
          from = i + 1;
          to = o;
        } else {
          from = this._text(source, from, out, to);
          to = this._end;
        }
      } else {
        from = this._value(source, from, out, to, type);
        to = this._end;
      }
      const after = source[from];
      out[to++] = after;
      if (after === json.CLOSE_BRACE) break;
      from += 1;
    }
    this._hasAttributes = true;
    this._end = to;
    if (hasDuplicate) this._mergeDuplicates(out, start);
    return from + 1;
  }

  /** Writes a value of any kind. Returns the offset just past it in the source; `_end` is the one in the output. */
  private _value(source: Uint8Array, from: number, out: Uint8Array, to: number, type: number): number {
    const first = source[from];
    if (first === json.OPEN_BRACKET) return this._blob(source, from, out, to, type);
    if (first !== json.QUOTE) return this._literal(source, from, out, to);
    if (type === NUMBER_TYPE && this._rules.convertNumber)
      return this._typed('number', source, from, out, to);
    if (type === BOOLEAN_TYPE && this._rules.convertBool)
      return this._typed('boolean', source, from, out, to);
    return this._text(source, from, out, to);
  }

  /** Writes a string as its type says: as a number or boolean, or as a marked text. */
  private _typed(
    type: keyof typeof MARK,
    source: Uint8Array,
    from: number,
    out: Uint8Array,
    to: number,
  ): number {
    const next =
      type === 'number' ? this._number(source, from, out, to) : this._boolean(source, from, out, to);
    if (!this._isMarked || out[to] === json.QUOTE) return next;
    out[to] = MARK[type];
    return this._text(source, from, out, to + 1);
  }

  /** Writes a string as a string. Returns as `_value`, like those below. */
  private _text(source: Uint8Array, from: number, out: Uint8Array, to: number): number {
    const end = json.endOfString(source, from + 1);
    const content = source.subarray(from + 1, end);
    if (!isUtf8(content)) this._note('invalidUtf8');
    this._write(json.asciiJsonString(json.textOfString(source, from + 1, end)), out, to);
    return end + 1;
  }

  /** Writes a number or null; an infinite number as a string. */
  private _literal(source: Uint8Array, from: number, out: Uint8Array, to: number): number {
    const end = json.endOfScalar(source, from);
    for (let i = from; i < end; i++) out[to + i - from] = source[i];
    this._end = to + end - from;
    if (
      end - from > INFINITE_SUFFIX.length &&
      json.latin1(source, end - INFINITE_SUFFIX.length, end) === INFINITE_SUFFIX
    ) {
      this._write(source[from] === json.MINUS ? '"-inf"' : '"inf"', out, to);
    }
    return end;
  }

  /** Writes a string as a number if Python reads it as one, otherwise as a string. */
  private _number(source: Uint8Array, from: number, out: Uint8Array, to: number): number {
    // Nearly all numbers have the form -?(0|[1-9][0-9]*)(.[0-9]+)?, which is JSON already.
    let i = from + 1;
    let o = to;
    const isNegative = source[i] === json.MINUS;
    if (isNegative) out[o++] = source[i++];
    const wholeStart = i;
    while (json.isDigit(source[i])) out[o++] = source[i++];
    const wholeDigits = i - wholeStart;
    let isJson = wholeDigits > 0 && (source[wholeStart] !== json.ZERO || wholeDigits === 1);
    if (source[i] === json.POINT) {
      out[o++] = source[i++];
      const fractionStart = i;
      while (json.isDigit(source[i])) out[o++] = source[i++];
      isJson &&= i > fractionStart;
    } else {
      isJson &&= !(isNegative && source[wholeStart] === json.ZERO);
    }
    if (isJson && source[i] === json.QUOTE && wholeDigits <= SURELY_FINITE_DIGITS) {
      this._end = o;
      return i + 1;
    }
    const end = json.endOfString(source, from + 1);
    const number = pythonNumberToJson(json.textOfString(source, from + 1, end));
    if (number === undefined) return this._text(source, from, out, to);
    this._write(number, out, to);
    return end + 1;
  }

  /** Writes a string as a boolean if it is `true` or `false`, otherwise as a string. */
  private _boolean(source: Uint8Array, from: number, out: Uint8Array, to: number): number {
    const end = json.endOfString(source, from + 1);
    const text = end - from <= 6 ? json.latin1(source, from + 1, end) : '';
    if (text !== 'true' && text !== 'false') return this._text(source, from, out, to);
    this._write(text, out, to);
    return end + 1;
  }

  /** Writes a BLOB, `["HEX"]`, as a TEXT of the same bytes and type would be. */
  private _blob(source: Uint8Array, from: number, out: Uint8Array, to: number, type: number): number {
    this._note('blobValue');
    const end = json.endOfString(source, from + 2);
    const bytes = Buffer.from(json.latin1(source, from + 2, end), 'hex');
    if (!isUtf8(bytes)) this._note('invalidUtf8');
    const text = Buffer.from(json.asciiJsonString(json.decodeUtf8(bytes)), 'latin1');
    this._value(text, 0, out, to, type);
    return end + 2;
  }

  /** Writes a time: as a slot if it is usable and rules ask for slots, otherwise like any other value. */
  private _time(
    source: Uint8Array,
    from: number,
    out: Uint8Array,
    to: number,
    key: AttributeKey,
    type: number,
  ): number {
    let end = json.endOfScalar(source, from);
    const timeS = timeOf(source, from, end);
    const isSlot = this._rules.timeSlots && !Number.isNaN(timeS);
    if (isSlot) {
      this._end = to + SLOT_BYTES.json;
      for (let i = to; i < this._end; i++) out[i] = json.ZERO;
    } else {
      end = this._value(source, from, out, to, type);
    }
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

  /** Merges equal keys: the last value in the position of the first, as in a Python dict. */
  private _mergeDuplicates(out: Uint8Array, start: number): void {
    this._note('duplicateKey');
    const event = out.slice(start, this._end);
    const values = new Map<string, { from: number; to: number }>();
    for (let at = 1; at < event.length; ) {
      const keyEnd = json.endOfScalar(event, at) + 1;
      const isMarked = event[keyEnd] !== json.QUOTE && event[keyEnd + 1] === json.QUOTE;
      const valueEnd = json.endOfScalar(event, isMarked ? keyEnd + 1 : keyEnd);
      values.set(json.latin1(event, at, keyEnd), { from: keyEnd, to: valueEnd });
      at = valueEnd + 1;
    }
    const [wireFrom, dataFrom] = [this._wireSlot - start, this._dataSlot - start];
    this._end = start + 1;
    for (const [key, { from, to }] of values) {
      this._write(key, out, this._end);
      if (from === wireFrom) this._wireSlot = this._end;
      if (from === dataFrom) this._dataSlot = this._end;
      out.set(event.subarray(from, to), this._end);
      this._end += to - from;
      out[this._end++] = json.COMMA;
    }
    out[this._end - 1] = json.CLOSE_BRACE;
  }

  /**
   * Finds the times of an event that lacks them, and gives one without attributes those of the event table.
   *
   * @returns the end of the payload
   */
  private _finish(index: number, dataTimeOf: DataTimeLookup): number {
    if (!this._hasAttributes) this._note('noAttributes');
    if (!Number.isNaN(this._wireS)) return this._end;
    if (Number.isNaN(this._dataS)) {
      const dataTime = dataTimeOf(index);
      this._dataS = timeOf(dataTime, 0, dataTime.length);
      if (!Number.isNaN(this._dataS) && !this._hasAttributes) this._writeTimes(dataTime);
    }
    if (Number.isNaN(this._dataS)) this._note('missingTime');
    else this._note('missingWireTime');
    return this._end;
  }

  /** Writes the payload of an event without attributes: its two times. */
  private _writeTimes(dataTime: Uint8Array): void {
    const { timeSlots } = this._rules;
    const value = timeSlots ? '0'.repeat(SLOT_BYTES.json) : asciiValue(dataTime);
    this._builder.reserve(2 * value.length + 64);
    const to = this._builder.length;
    const [head, middle] = ['{"__data_time":', ',"__wire_time":'];
    this._write(`${head}${value}${middle}${value}}`, this._builder.bytes, to);
    if (!timeSlots) return;
    this._dataSlot = to + head.length;
    this._wireSlot = this._dataSlot + value.length + middle.length;
  }

  private _write(ascii: string, out: Uint8Array, to: number): void {
    for (let i = 0; i < ascii.length; i++) out[to + i] = ascii.charCodeAt(i);
    this._end = to + ascii.length;
  }

  private _forgetKeys(): void {
    this._keys = newKeys();
    this._firstKey = keyBeforeTheFirst();
  }
}

function newKeys(): Interner<AttributeKey> {
  const spellings = new Map<string, AttributeKey>();
  return new Interner((bytes, id) => new AttributeKey(bytes, id, spellings));
}

/** A scalar JSON value in ASCII. */
function asciiValue(value: Uint8Array): string {
  return value[0] === json.QUOTE
    ? json.asciiJsonString(json.textOfString(value, 1, value.length - 1))
    : json.latin1(value, 0, value.length);
}
