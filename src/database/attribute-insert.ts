import type Database from 'better-sqlite3';
import type { AttributeType } from './recording-writer.js';

/** Rows that one statement inserts: a bit for each stands in a number that a double holds exactly. */
const MOST_ROWS = 50;
const BITS = Array.from({ length: MOST_ROWS }, (_, row) => 2 ** row);
const FIRST_BYTES = 16 << 10;
/** A buffer that a large event has made larger than this is not kept. */
const KEPT_BYTES = 1 << 20;

/** SQLite's JSONB: the kind of an element is half a byte, and its size the other half, or in the bytes that follow. */
const [NULL, TEXT_RAW, OBJECT] = [0x0, 0xa, 0xc];
const [SIZE_IN_1, SIZE_IN_2, SIZE_IN_4] = [0xc0, 0xd0, 0xe0];
const MOST_IN_HEAD = 11;
/** A head with its size in four bytes. */
const LONGEST_HEAD_BYTES = 5;
/** Shorter texts are copied sooner by a loop. */
const SHORT_BYTES = 48;

/**
 * Inserts the rows of an event into an attribute table, from one BLOB: a JSONB object of keys and values, which `json_each` takes apart. SQLite then
 * copies the texts as they are, and JavaScript makes no strings of them: a row costs half of what binding its four values does.
 *
 * @example
 * insert.begin(id);
 * insert.text('key');
 * insert.bytes(payload, from, end);
 * insert.endRow('number');
 * insert.end();
 */
export class AttributeInsert {
  private readonly _statement: Database.Statement;
  private _bytes = Buffer.allocUnsafe(FIRST_BYTES);
  private _at = LONGEST_HEAD_BYTES;
  private _eventId = 0;
  private _rows = 0;
  /** A bit for each row whose value is a number, and a boolean. */
  private _numbers = 0;
  private _booleans = 0;

  /** @param table has the columns event_id, key, value, data_type */
  constructor(db: Database.Database, table: string) {
    // `rowid` counts the members of the object from 0. A failure ends the whole transaction, so the statement needs no journal of its own.
    this._statement = db.prepare(
      `INSERT OR FAIL INTO ${table} SELECT ?, key, value,
        CASE WHEN (? >> rowid) & 1 THEN 'number' WHEN (? >> rowid) & 1 THEN 'boolean' ELSE 'string' END FROM json_each(?)`,
    );
  }

  /** Begins the rows of an event. */
  begin(eventId: number): void {
    this._eventId = eventId;
    this._clear();
  }

  /** Adds the key of a row, or its value, from valid UTF-8, which is copied. */
  bytes(from: Uint8Array, at: number, end: number): void {
    const size = end - at;
    this._reserve(size);
    this._head(TEXT_RAW, size);
    const to = this._bytes;
    let toAt = this._at;
    if (size > SHORT_BYTES) to.set(from.subarray(at, end), toAt);
    else for (let i = at; i < end; i++) to[toAt++] = from[i];
    this._at += size;
  }

  /** Adds the key of a row, or its value. Half a surrogate pair becomes U+FFFD. */
  text(text: string): void {
    const size = Buffer.byteLength(text);
    this._reserve(size);
    this._head(TEXT_RAW, size);
    this._at += this._bytes.write(text, this._at);
  }

  /** Adds NULL as the value of a row. */
  null(): void {
    this._reserve(0);
    this._bytes[this._at++] = NULL;
  }

  /** Ends a row. @throws SqliteError */
  endRow(dataType: AttributeType): void {
    if (dataType === 'number') this._numbers += BITS[this._rows];
    else if (dataType === 'boolean') this._booleans += BITS[this._rows];
    this._rows += 1;
    if (this._rows === MOST_ROWS) this._insert();
  }

  /** Ends the rows of the event. @throws SqliteError */
  end(): void {
    if (this._rows > 0) this._insert();
    if (this._bytes.length > KEPT_BYTES) this._bytes = Buffer.allocUnsafe(FIRST_BYTES);
  }

  private _insert(): void {
    const bytes = this._bytes;
    bytes[0] = SIZE_IN_4 | OBJECT;
    bytes.writeUInt32BE(this._at - LONGEST_HEAD_BYTES, 1);
    this._statement.run(this._eventId, this._numbers, this._booleans, bytes.subarray(0, this._at));
    this._clear();
  }

  private _clear(): void {
    this._at = LONGEST_HEAD_BYTES;
    this._rows = 0;
    this._numbers = 0;
    this._booleans = 0;
  }

  private _head(kind: number, size: number): void {
    const bytes = this._bytes;
    if (size <= MOST_IN_HEAD) bytes[this._at++] = (size << 4) | kind;
    else if (size <= 0xff) {
      bytes[this._at++] = SIZE_IN_1 | kind;
      bytes[this._at++] = size;
    } else if (size <= 0xffff) {
      bytes[this._at++] = SIZE_IN_2 | kind;
      this._at = bytes.writeUInt16BE(size, this._at);
    } else {
      bytes[this._at++] = SIZE_IN_4 | kind;
      this._at = bytes.writeUInt32BE(size, this._at);
    }
  }

  /** Makes room for an element. */
  private _reserve(size: number): void {
    const least = this._at + LONGEST_HEAD_BYTES + size;
    if (least <= this._bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(least, 2 * this._bytes.length));
    larger.set(this._bytes.subarray(0, this._at));
    this._bytes = larger;
  }
}
