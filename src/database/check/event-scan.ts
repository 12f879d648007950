import { isUtf8 } from 'node:buffer';
import { findStrays } from '../../batch/strays.js';
import { TYPE_LETTER } from '../../encode/encode-rules.js';
import { type Interned, Interner } from '../../encode/interner.js';
import * as json from '../../encode/json-bytes.js';
import { pythonNumberToJson } from '../../encode/python-number.js';
import { formOfNumber } from '../../encode/time-form.js';
import { timeOf } from '../../encode/time-value.js';
import { type FindingKind, type FindingList, type FindingLocation, LONGEST_VALUE } from './finding.js';

const NUMBER = TYPE_LETTER.number.charCodeAt(0);
const BOOLEAN = TYPE_LETTER.boolean.charCodeAt(0);
/** A number with fewer digits is finite, without parsing it. */
export const PLAIN_DIGITS = 300;
const INFINITE = /^-?[0-9.]+e\+999$/;
const MOST_KEYS = 1 << 16;
/** An event that is due less than this before the one ahead of it is not told: writers of logs are not in step. */
const LEAST_STEP_BACK_S = 1;
export const TOPIC_PARTS = 3;
/** Keys that each known event has, besides its times. */
export const KNOWN_KEYS = ['__system', '__source', '__key', '__data'] as const;
const ALL_KNOWN = (1 << KNOWN_KEYS.length) - 1;

/** An attribute's key, with the serial number of the last event that had it. */
class Key implements Interned {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly name: string;
  lastEvent = -1;
  /** Its place in `KNOWN_KEYS`; -1: none. */
  readonly known: number;

  constructor(bytes: Uint8Array, id: number) {
    this.bytes = bytes;
    this.id = id;
    this.name = json.textOfString(bytes, 0, bytes.length);
    this.known = (KNOWN_KEYS as readonly string[]).indexOf(this.name);
  }
}

/** A value in the source: the offsets of its first byte and just past its last. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** An event that has a time. */
interface TimedEvent {
  readonly dueS: number;
  /** Undefined where only its row is known yet. */
  readonly location: FindingLocation | undefined;
  readonly row: number;
}

/** The data times of the event table: the column's name, and JSON values in the order of the events. */
export interface TableTimes {
  readonly column: string;
  readonly values: readonly Uint8Array[];
}

/**
 * Locates oddities in the JSON that the event query makes with types. `EventEncoder` ignores them or only counts them.
 */
export class EventScan {
  private readonly _found: FindingList;
  private _keys = newKeys();
  private _serial = 0;
  // The current source.
  private _source: Uint8Array = new Uint8Array();
  private _isUtf8 = true;
  // The current event.
  private _location: FindingLocation = {};
  /** When the event before the next one is due, in Unix seconds; NaN: not known. */
  private _lastS: number;
  private readonly _timed: TimedEvent[] = [];

  /** @param lastS when the event ahead of the first is due, in Unix seconds; NaN: not known */
  constructor(found: FindingList, lastS = Number.NaN) {
    this._found = found;
    this._lastS = lastS;
  }

  /** When the last event is due that a right clock has recorded, once the order was judged; NaN where none has a time. */
  get lastS(): number {
    return this._lastS;
  }

  /**
   * @param source see `EventEncoder`
   * @param locations of the events, in the order of the source
   */
  scan(source: Uint8Array, locations: readonly FindingLocation[], tableTimes: TableTimes | undefined): void {
    if (this._keys.size > MOST_KEYS) this._keys = newKeys();
    this._source = source;
    this._isUtf8 = isUtf8(source);
    let at = 1;
    for (let index = 0; source[at] !== json.CLOSE_BRACE; index++) {
      if (source[at] === json.COMMA) at += 1;
      const topic = { start: at + 1, end: json.endOfString(source, at + 1) };
      this._location = { ...locations[index], topic: json.textOfString(source, topic.start, topic.end) };
      this._checkUtf8(topic, {});
      if (partsOf(source, topic) !== TOPIC_PARTS) this._found.add('topicForm', this._location);
      at = this._event(topic.end + 2, index, tableTimes);
    }
  }

  /** Adds an event of which nothing but its time has to be judged. */
  addSound(row: number, dueS: number): void {
    this._timed.push({ dueS, location: undefined, row });
  }

  /** @returns the offset just past the event whose object begins at `at` */
  private _event(at: number, index: number, tableTimes: TableTimes | undefined): number {
    const source = this._source;
    const serial = ++this._serial;
    let wire: Span | undefined;
    let data: Span | undefined;
    let from = at + 1;
    let known = 0;
    const isEmpty = source[from] === json.CLOSE_BRACE;
    if (isEmpty) this._found.add('noAttributes', this._location);
    while (source[from] !== json.CLOSE_BRACE) {
      if (source[from] === json.COMMA) from += 1;
      const type = source[from + 1];
      const keyStart = from + 2;
      const keyEnd = json.endOfString(source, keyStart);
      const key = this._keys.intern(source, keyStart, keyEnd);
      if (key.lastEvent === serial) this._add('duplicateKey', { key: key.name });
      key.lastEvent = serial;
      if (key.known !== -1) known |= 1 << key.known;
      if (!this._isUtf8) this._checkUtf8({ start: keyStart, end: keyEnd }, { key: key.name });
      const value = this._valueAt(keyEnd + 2);
      if (key.name === '__wire_time') wire = value;
      else if (key.name === '__data_time') data = value;
      this._value(value, type, key);
      from = value.end;
    }
    if (!isEmpty && known !== ALL_KNOWN)
      for (const [i, key] of KNOWN_KEYS.entries())
        if ((known & (1 << i)) === 0) this._add('missingKey', { key });
    this._times(wire, data, tableTimes && { key: tableTimes.column, value: tableTimes.values[index] });
    return from + 1;
  }

  private _valueAt(start: number): Span {
    const isBlob = this._source[start] === json.OPEN_BRACKET;
    const end = isBlob
      ? json.endOfString(this._source, start + 2) + 2
      : json.endOfScalar(this._source, start);
    return { start, end };
  }

  private _value(value: Span, type: number, { name: key }: Key): void {
    const first = this._source[value.start];
    if (first === json.OPEN_BRACKET) {
      this._add('blobValue', { key, value: this._shown(value) });
      return;
    }
    if (!this._isUtf8 && first === json.QUOTE) {
      this._checkUtf8({ start: value.start + 1, end: value.end - 1 }, { key, value: this._shown(value) });
    }
    // Times are checked by `_times`, and NULL fits any type.
    if (first === json.LOWER_N || key === '__wire_time' || key === '__data_time') return;
    const fits = type === NUMBER ? this._isNumber(value) : type === BOOLEAN ? this._isBoolean(value) : true;
    if (!fits) this._add('misfitValue', { key, value: this._shown(value) });
  }

  private _isNumber({ start, end }: Span): boolean {
    const source = this._source;
    if (source[start] !== json.QUOTE) return !INFINITE.test(json.latin1(source, start, end));
    let at = start + 1;
    if (source[at] === json.MINUS) at += 1;
    const digitsAt = at;
    while (json.isDigit(source[at])) at += 1;
    const digits = at - digitsAt;
    if (digits > 0 && source[at] === json.POINT) {
      at += 1;
      while (json.isDigit(source[at])) at += 1;
    }
    if (digits > 0 && digits < PLAIN_DIGITS && at === end - 1) return true;
    return pythonNumberToJson(json.textOfString(source, start + 1, end - 1)) !== undefined;
  }

  private _isBoolean({ start, end }: Span): boolean {
    const text = end - start <= '"false"'.length ? json.latin1(this._source, start, end) : '';
    return text === '"true"' || text === '"false"';
  }

  private _times(
    wire: Span | undefined,
    data: Span | undefined,
    table: { key: string; value: Uint8Array } | undefined,
  ) {
    const source = this._source;
    const [wireS, dataS] = [
      this._timeOf('__wire_time', wire, source),
      this._timeOf('__data_time', data, source),
    ];
    const tableSpan = table && { start: 0, end: table.value.length };
    const tableS = table === undefined ? Number.NaN : this._timeOf(table.key, tableSpan, table.value);
    const dueS = [wireS, dataS, tableS].find((timeS) => !Number.isNaN(timeS));
    if (dueS !== undefined) this._timed.push({ dueS, location: this._location, row: Number.NaN });
    if (!Number.isNaN(wireS)) return;
    if (Number.isNaN(dataS) && Number.isNaN(tableS)) this._found.add('missingTime', this._location);
    else if (wire === undefined || source[wire.start] === json.LOWER_N)
      this._found.add('missingWireTime', this._location);
  }

  /**
   * Judges the order of the events. Call it once, after the last of them.
   *
   * @param timesAhead gives the due times of events that follow, by which the last ones are judged
   * @param locate finds an event that was added by its row
   */
  judgeOrder(timesAhead: () => readonly number[], locate: (row: number) => FindingLocation): void {
    const timed = this._timed;
    const timesS = timed.map(({ dueS }) => dueS);
    const reachedS = Number.isNaN(this._lastS) ? (timesS[0] ?? Number.NEGATIVE_INFINITY) : this._lastS;
    let { strays, needsMore } = findStrays(timesS, timed.length, reachedS);
    if (needsMore) strays = findStrays([...timesS, ...timesAhead()], timed.length, reachedS).strays;
    for (const [i, event] of timed.entries()) {
      const isStray = strays?.has(i) === true;
      const { dueS, row } = event;
      if (isStray || isOutOfOrder(this._lastS, dueS)) {
        const location = event.location ?? locate(row);
        if (isStray) this._addStray(dueS, location);
        else this._addOutOfOrder(dueS, location);
      }
      if (!isStray) this._lastS = dueS;
    }
  }

  private _addStray(dueS: number, location: FindingLocation): void {
    const aheadS = Math.round(dueS - this._lastS);
    const value = Number.isNaN(aheadS)
      ? {}
      : { value: `${Math.abs(aheadS)} s ${aheadS > 0 ? 'ahead' : 'behind'}` };
    this._found.add('wrongClock', { ...location, ...value });
  }

  private _addOutOfOrder(dueS: number, location: FindingLocation): void {
    const value = `${this._lastS - dueS} s`.slice(0, LONGEST_VALUE);
    this._found.add('outOfOrder', { ...location, value });
  }

  /** A time in Unix seconds; NaN where it is missing or unusable. */
  private _timeOf(key: string, value: Span | undefined, source: Uint8Array): number {
    if (value === undefined || source[value.start] === json.LOWER_N) return Number.NaN;
    const timeS = timeOf(source, value.start, value.end);
    if (Number.isNaN(timeS)) this._add('unreadableTime', { key, value: shown(source, value) });
    else if (formOfNumber(timeS) !== 'seconds')
      this._add('implausibleTime', { key, value: shown(source, value) });
    return timeS;
  }

  private _checkUtf8({ start, end }: Span, location: FindingLocation): void {
    if (!this._isUtf8 && !isUtf8(this._source.subarray(start, end))) this._add('invalidUtf8', location);
  }

  private _add(kind: FindingKind, location: FindingLocation): void {
    this._found.add(kind, { ...this._location, ...location });
  }

  private _shown(value: Span): string {
    return shown(this._source, value);
  }
}

/** Whether an event that is due at `dueS` is out of order behind one that is due at `lastS`; NaN: there is none. */
function isOutOfOrder(lastS: number, dueS: number): boolean {
  return lastS - dueS > LEAST_STEP_BACK_S;
}

function partsOf(source: Uint8Array, { start, end }: Span): number {
  let parts = 1;
  for (let at = start; at < end; at++) if (source[at] === json.POINT) parts += 1;
  return parts;
}

function newKeys(): Interner<Key> {
  return new Interner((bytes, id) => new Key(bytes, id));
}

/** The beginning of a value as it is shown: a text as it is, a BLOB as in SQL. */
function shown(source: Uint8Array, { start, end }: Span): string {
  if (source[start] === json.OPEN_BRACKET)
    return `x'${json.latin1(source, start + 2, end - 2).slice(0, LONGEST_VALUE)}'`;
  if (source[start] !== json.QUOTE) return json.latin1(source, start, end);
  return json.textOfString(source, start + 1, end - 1).slice(0, LONGEST_VALUE);
}
