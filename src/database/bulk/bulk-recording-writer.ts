import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { attempt } from '../../shared/cannot-write.js';
import { SERIAL } from '../pages/record.js';
import type { AttributeType } from '../recording-writer.js';
import { PAGE_BYTES } from './page-builder.js';
import { PageSink } from './page-sink.js';
import { IndexTree, TableTree } from './page-tree.js';
import {
  integerLength,
  integerType,
  textType,
  varintLength,
  writeInteger,
  writeVarint,
} from './record-bytes.js';

/** The default schema. Values have no declared type, so that they keep theirs. */
const SCHEMA = `
  CREATE TABLE event(event_id INTEGER PRIMARY KEY, topic TEXT NOT NULL, data_time REAL);
  CREATE TABLE attribute(event_id INTEGER NOT NULL, key TEXT NOT NULL, value, data_type TEXT NOT NULL);
  CREATE INDEX attribute_event_id ON attribute(event_id);
`;

const TYPES: Readonly<Record<AttributeType, Buffer>> = {
  string: Buffer.from('string'),
  number: Buffer.from('number'),
  boolean: Buffer.from('boolean'),
};
const NOTHING = Buffer.alloc(0);
/** An event has fewer columns than this, and a header of one byte for its own length. */
const SHORT_HEADER = 128;

/** Offsets in the first page (https://www.sqlite.org/fileformat.html, 1.3). */
const HEADER = { changeCounter: 24, pages: 28, versionValidFor: 92, end: 100 } as const;

/**
 * Writes a recording whose values keep their storage classes, into a file that is empty. Event ids are from 1 in the order of the
 * calls. Memory does not grow with the recording.
 *
 * SQLite makes the empty tables. Their pages are written here: rows and entries come in the order of their b-trees, which takes a
 * small part of the time of statements.
 */
export class BulkRecordingWriter {
  readonly path: string;
  private readonly _sink: PageSink;
  private readonly _header: Buffer;
  private readonly _roots: ReadonlyMap<string, number>;
  private readonly _events: TableTree;
  private readonly _attributes: TableTree;
  private readonly _index: IndexTree;
  private readonly _scratch = Buffer.alloc(8);
  private _eventId = 0;
  private _idType = 0;
  private _idLength = 0;
  private _row = 0;

  /** @throws TcsReplayError `WRITE_FAILED` */
  constructor(path: string) {
    this.path = path;
    const { header, roots, pages } = attempt(path, () => makeTables(path));
    this._header = header;
    this._roots = roots;
    this._sink = new PageSink(path, pages);
    this._events = new TableTree(this._sink);
    this._attributes = new TableTree(this._sink);
    this._index = new IndexTree(this._sink);
  }

  /**
   * Appends an event. The attributes that are added next are its own.
   *
   * @param topic UTF-8
   * @param dataTimeS Unix seconds; NaN: it has none
   * @throws TcsReplayError `WRITE_FAILED`; then the writer cannot be used any more
   */
  addEvent(topic: Uint8Array, dataTimeS: number): void {
    this._eventId += 1;
    this._idType = integerType(this._eventId);
    this._idLength = integerLength(this._idType);
    const hasTime = !Number.isNaN(dataTimeS);
    const topicType = textType(topic.length);
    // The id is the row id: in the record it is NULL.
    const headerBytes = 1 + 1 + varintLength(topicType) + 1;
    const recordBytes = headerBytes + topic.length + (hasTime ? 8 : 0);
    const tree = this._events;
    tree.add(this._eventId, recordBytes);
    const { bytes } = tree;
    let at = writeVarint(bytes, tree.at, headerBytes);
    bytes[at++] = SERIAL.NULL;
    at = writeVarint(bytes, at, topicType);
    bytes[at++] = hasTime ? SERIAL.REAL : SERIAL.NULL;
    bytes.set(topic, at);
    if (hasTime) bytes.writeDoubleBE(dataTimeS, at + topic.length);
    tree.end(recordBytes);
  }

  /** Adds an attribute whose value is a text, `text[start..end)`. @param key UTF-8, as the text @throws as `addEvent` */
  addText(key: Uint8Array, type: AttributeType, text: Uint8Array, start = 0, end = text.length): void {
    this._add(key, type, textType(end - start), text, start, end);
  }

  /** Adds an attribute whose value is NULL. @throws as `addEvent` */
  addNull(key: Uint8Array, type: AttributeType): void {
    this._add(key, type, SERIAL.NULL, NOTHING, 0, 0);
  }

  /** Adds an attribute whose value is a number: a bigint is an INTEGER, a number a REAL. @throws as `addEvent` */
  addNumber(key: Uint8Array, type: AttributeType, value: bigint | number): void {
    const scratch = this._scratch;
    if (typeof value === 'number') {
      scratch.writeDoubleBE(value);
      this._add(key, type, SERIAL.REAL, scratch, 0, 8);
      return;
    }
    scratch.writeBigInt64BE(value);
    if (value >= 0n && value < 1n << 47n) {
      const serial = integerType(Number(value));
      this._add(key, type, serial, scratch, 8 - integerLength(serial), 8);
    } else this._add(key, type, SERIAL.INT64, scratch, 0, 8);
  }

  /** Ends the file, which is on the disk then. @returns its size in bytes @throws TcsReplayError `WRITE_FAILED` */
  finish(): number {
    this._events.finish(this._rootOf('event'));
    this._attributes.finish(this._rootOf('attribute'));
    this._index.finish(this._rootOf('attribute_event_id'));
    const { _header: header, _sink: sink } = this;
    header.writeUInt32BE(sink.pages, HEADER.pages);
    // The number of pages counts only where this says so.
    header.copy(header, HEADER.versionValidFor, HEADER.changeCounter, HEADER.changeCounter + 4);
    sink.replace(1, header);
    sink.finish();
    return sink.pages * PAGE_BYTES;
  }

  /** Closes the file as it is. It can be called more than once. */
  close(): void {
    this._sink.close();
  }

  private _add(
    key: Uint8Array,
    type: AttributeType,
    valueType: number,
    value: Uint8Array,
    start: number,
    end: number,
  ): void {
    this._row += 1;
    const { _idType: idType, _idLength: idLength } = this;
    const typeText = TYPES[type];
    const keyType = textType(key.length);
    const typesBytes = 1 + varintLength(keyType) + varintLength(valueType) + 1;
    const headerBytes = typesBytes + (typesBytes < SHORT_HEADER - 1 ? 1 : 2);
    const recordBytes = headerBytes + idLength + key.length + (end - start) + typeText.length;
    const tree = this._attributes;
    tree.add(this._row, recordBytes);
    const { bytes } = tree;
    let at = writeVarint(bytes, tree.at, headerBytes);
    bytes[at++] = idType;
    at = writeVarint(bytes, at, keyType);
    at = writeVarint(bytes, at, valueType);
    bytes[at++] = textType(typeText.length);
    at = writeInteger(bytes, at, this._eventId, idLength);
    at = copy(key, 0, key.length, bytes, at);
    at = copy(value, start, end, bytes, at);
    copy(typeText, 0, typeText.length, bytes, at);
    tree.end(recordBytes);
    this._addEntry();
  }

  private _addEntry(): void {
    const { _idType: idType, _idLength: idLength, _row: row } = this;
    const rowType = integerType(row);
    const rowLength = integerLength(rowType);
    const { bytes } = this._index;
    let at = this._index.add(3 + idLength + rowLength);
    bytes[at++] = 3;
    bytes[at++] = idType;
    bytes[at++] = rowType;
    at = writeInteger(bytes, at, this._eventId, idLength);
    writeInteger(bytes, at, row, rowLength);
  }

  private _rootOf(name: string): number {
    const root = this._roots.get(name);
    if (root === undefined) throw new Error(`Expected ${name} among the tables that were made`);
    return root;
  }
}

/** A database with empty tables. */
interface EmptyTables {
  /** The beginning of the first page. */
  readonly header: Buffer;
  /** Number of the page at the top of each table and index. */
  readonly roots: ReadonlyMap<string, number>;
  /** Number of pages. */
  readonly pages: number;
}

/** Makes a database with empty tables, in a file that is empty. */
function makeTables(path: string): EmptyTables {
  // A relative path may have a meaning of its own: better-sqlite3 trims it.
  const db = new Database(resolve(path));
  try {
    db.pragma(`page_size = ${PAGE_BYTES}`);
    db.exec(SCHEMA);
    const roots = db.prepare('SELECT name, rootpage FROM sqlite_schema').raw().all() as [string, number][];
    const pages = db.pragma('page_count', { simple: true }) as number;
    return { header: readFileSync(path).subarray(0, HEADER.end), roots: new Map(roots), pages };
  } finally {
    db.close();
  }
}

/** Copies bytes: some, mostly, for which a loop is faster than a call. @returns the offset just past them */
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  if (end - start > 64) {
    to.set(from.subarray(start, end), at);
    return at + end - start;
  }
  let out = at;
  for (let i = start; i < end; i++) to[out++] = from[i];
  return out;
}
