import { closeSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { TcsReplayError } from '../../shared/errors.js';
import { RECORD_BYTES, Records } from '../sort/records.js';
import { writeAll } from '../write-failed.js';

/**
 * Layout of an order file: a header of 64 bytes, then a record of 24 bytes for each event, in the order of play. The header:
 * `tcsorder`, version (f64), number of events (f64), key of the first event that has one (f64), last due time (f64). A
 * record: key, row id, due time. All little-endian.
 */
const HEADER_BYTES = 64;
const MAGIC = 'tcsorder';
/** Version of the layout and of the rules of sorting: a file of another version is not used. */
export const ORDER_VERSION = 1;

/** Reading this number of events at once is faster than bisecting further. */
const EVENTS_A_LOOK = 256;

/** Successive entries of an order. */
export interface OrderedRows {
  readonly rows: BigInt64Array<ArrayBuffer>;
  /** Due time of each event, in Unix seconds; NaN where it has no time. */
  readonly dueS: Float64Array;
  /** Time by which each event is sorted, in Unix seconds; -Infinity where it has no time. */
  readonly keyS: Float64Array;
}

/** Writes an order file, from the first event to the last. */
export class OrderFileWriter {
  private readonly _file: number;
  private _count = 0;
  private _firstKeyS = Number.NaN;
  private _lastDueS = Number.NaN;

  constructor(path: string) {
    this._file = openSync(path, 'wx');
    writeAll(this._file, new Uint8Array(HEADER_BYTES));
  }

  /** Appends the first `count` records. */
  append(records: Records, count: number): void {
    for (let i = 0; i < count && Number.isNaN(this._firstKeyS); i++) {
      if (Number.isFinite(records.keyOf(i))) this._firstKeyS = records.keyOf(i);
    }
    if (count > 0) this._lastDueS = records.numberOf(count - 1);
    writeAll(this._file, records.bytes.subarray(0, count * RECORD_BYTES));
    this._count += count;
  }

  close(): void {
    const header = Buffer.alloc(HEADER_BYTES);
    header.write(MAGIC, 'latin1');
    const values = [ORDER_VERSION, this._count, this._firstKeyS, this._lastDueS];
    for (const [index, value] of values.entries()) header.writeDoubleLE(value, 8 + 8 * index);
    writeSync(this._file, header, 0, header.length, 0);
    closeSync(this._file);
  }
}

/** The order of a recording by a time, in a file that is read in parts. */
export class OrderFile {
  readonly count: number;
  /** Time by which the first event that has one is sorted, in Unix seconds; NaN where no event has a time. */
  readonly firstKeyS: number;
  /** Due time of the last event, in Unix seconds; NaN where no event has one. */
  readonly lastDueS: number;
  private readonly _path: string;
  private readonly _file: FileHandle;

  private constructor(path: string, file: FileHandle, header: Buffer) {
    this._path = path;
    this._file = file;
    this.count = header.readDoubleLE(16);
    this.firstKeyS = header.readDoubleLE(24);
    this.lastDueS = header.readDoubleLE(32);
  }

  /** @returns undefined where the file is not a whole order file */
  static async open(path: string): Promise<OrderFile | undefined> {
    const file = await open(path, 'r');
    const header = Buffer.alloc(HEADER_BYTES);
    await file.read(header, 0, HEADER_BYTES, 0);
    const order = new OrderFile(path, file, header);
    const { size } = await file.stat();
    if (
      header.toString('latin1', 0, MAGIC.length) === MAGIC &&
      header.readDoubleLE(8) === ORDER_VERSION &&
      size === HEADER_BYTES + order.count * RECORD_BYTES
    ) {
      return order;
    }
    await file.close();
    return undefined;
  }

  /**
   * Reads entries.
   *
   * @param at index of the first one, from 0
   * @param count number of entries; the result has fewer at the end of the order
   * @throws TcsReplayError `READ_FAILED`
   */
  async read(at: number, count: number): Promise<OrderedRows> {
    const length = Math.max(0, Math.min(count, this.count - at));
    const records = Records.of(length);
    const { bytes } = records;
    const { bytesRead } = await this._file.read(bytes, 0, bytes.length, HEADER_BYTES + at * RECORD_BYTES);
    if (bytesRead < bytes.length) throw this._notWhole();
    const ordered = {
      rows: new BigInt64Array(length),
      dueS: new Float64Array(length),
      keyS: new Float64Array(length),
    };
    for (let i = 0; i < length; i++) {
      ordered.rows[i] = records.rowOf(i);
      ordered.dueS[i] = records.numberOf(i);
      ordered.keyS[i] = records.keyOf(i);
    }
    return ordered;
  }

  /**
   * Finds the first event that is sorted by a time or a later one.
   *
   * @param keyS Unix seconds
   * @param from an index that is not behind it
   * @returns its index; `count` where there is none
   * @throws TcsReplayError `READ_FAILED`
   */
  async placeOf(keyS: number, from = 0): Promise<number> {
    let [low, high] = [from, this.count];
    // The last event is read first: where the recording ends before the time, that is enough.
    for (let at = high - 1; high - low > EVENTS_A_LOOK; at = (low + high) >>> 1) {
      const { keyS: keys } = await this.read(at, 1);
      if (keys[0] < keyS) low = at + 1;
      else high = at;
    }
    const { keyS: keys } = await this.read(low, high - low);
    const place = keys.findIndex((key) => key >= keyS);
    return place === -1 ? high : low + place;
  }

  close(): Promise<void> {
    return this._file.close();
  }

  private _notWhole(): TcsReplayError {
    return new TcsReplayError(
      'READ_FAILED',
      `The order in ${this._path} is not whole: remove it with "tcs-replay cache clear"`,
    );
  }
}
