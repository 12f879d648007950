import { type FileHandle, open } from 'node:fs/promises';
import { writeFailed } from '../database/write-failed.js';
import { TcsReplayError } from '../shared/errors.js';

/**
 * Layout of a state file: a header of 64 bytes; the row ids (i64) of one checkpoint after the other; then a list with, for
 * each checkpoint, its end in the order of play (i64) and the offset in the file where its row ids end, in bytes (i64).
 * The header: `tcsstate`, version (f64), number of checkpoints (f64), offset of the list in bytes (f64). All little-endian.
 */
const HEADER_BYTES = 64;
const MAGIC = 'tcsstate';
/** Version of the layout and of what is noted: a file of another version is not used. */
export const STATE_VERSION = 1;

/** The last event of each topic up to a position in an order of play. */
export interface Checkpoint {
  /** The last event that counts: its row id, or its index in an order file. */
  readonly end: bigint;
  /** Row ids, in the order of play. */
  readonly rows: BigInt64Array<ArrayBuffer>;
}

/** Writes a state file, from the first checkpoint to the last. */
export class StateFileWriter {
  private readonly _path: string;
  private readonly _file: FileHandle;
  private readonly _list: bigint[] = [];
  private _sizeBytes = HEADER_BYTES;

  private constructor(path: string, file: FileHandle) {
    this._path = path;
    this._file = file;
  }

  /** @throws TcsReplayError `WRITE_FAILED` */
  static async create(path: string): Promise<StateFileWriter> {
    try {
      return new StateFileWriter(path, await open(path, 'wx'));
    } catch (error) {
      throw writeFailed(`Cannot write ${path}`, error);
    }
  }

  /** @throws TcsReplayError `WRITE_FAILED` */
  async add({ end, rows }: Checkpoint): Promise<void> {
    await this._append(rows);
    this._list.push(end, BigInt(this._sizeBytes));
  }

  /** Ends the file. @throws TcsReplayError `WRITE_FAILED` */
  async finish(): Promise<void> {
    const header = Buffer.alloc(HEADER_BYTES);
    header.write(MAGIC, 'latin1');
    const values = [STATE_VERSION, this._list.length / 2, this._sizeBytes];
    for (const [place, value] of values.entries()) header.writeDoubleLE(value, 8 + 8 * place);
    await this._append(BigInt64Array.from(this._list));
    await this._write(header, 0);
  }

  close(): Promise<void> {
    return this._file.close();
  }

  private async _append(longs: BigInt64Array<ArrayBuffer>): Promise<void> {
    await this._write(new Uint8Array(longs.buffer, longs.byteOffset, longs.byteLength), this._sizeBytes);
    this._sizeBytes += longs.byteLength;
  }

  private async _write(bytes: Uint8Array, place: number): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this._file.write(bytes, at, undefined, place + at);
        at += bytesWritten;
      }
    } catch (error) {
      throw writeFailed(`Cannot write ${this._path}`, error);
    }
  }
}

/** The states of all topics at many positions in the order of play of a recording, in a file that is read in parts. */
export class StateFile {
  private readonly _path: string;
  private readonly _file: FileHandle;
  /** For each checkpoint its end, and the offset where its row ids end. */
  private readonly _list: BigInt64Array;

  private constructor(path: string, file: FileHandle, list: BigInt64Array) {
    this._path = path;
    this._file = file;
    this._list = list;
  }

  /** @returns undefined where the file is not a whole state file */
  static async open(path: string): Promise<StateFile | undefined> {
    const file = await open(path, 'r');
    const list = await readList(file);
    if (list !== undefined) return new StateFile(path, file, list);
    await file.close();
    return undefined;
  }

  /**
   * Finds the last checkpoint that is not behind an event.
   *
   * @param end the event, as in `Checkpoint.end`
   * @returns undefined where all checkpoints are behind it
   * @throws TcsReplayError `READ_FAILED`
   */
  async upTo(end: bigint): Promise<Checkpoint | undefined> {
    const list = this._list;
    let [low, high] = [0, list.length / 2];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (list[2 * middle] <= end) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    const at = low - 1;
    const from = at === 0 ? HEADER_BYTES : Number(list[2 * at - 1]);
    const rows = await readLongs(this._file, from, Number(list[2 * at + 1]) - from);
    if (rows !== undefined) return { end: list[2 * at], rows };
    throw new TcsReplayError(
      'READ_FAILED',
      `The states in ${this._path} are not whole: remove them with "tcs-replay cache clear"`,
    );
  }

  close(): Promise<void> {
    return this._file.close();
  }
}

/** @returns undefined where the file is not whole */
async function readList(file: FileHandle): Promise<BigInt64Array | undefined> {
  const header = Buffer.alloc(HEADER_BYTES);
  await file.read(header, 0, HEADER_BYTES, 0);
  const { size } = await file.stat();
  const count = header.readDoubleLE(16);
  const listAt = header.readDoubleLE(24);
  const isWhole =
    header.toString('latin1', 0, MAGIC.length) === MAGIC &&
    header.readDoubleLE(8) === STATE_VERSION &&
    Number.isInteger(count) &&
    listAt >= HEADER_BYTES &&
    size === listAt + 16 * count;
  const list = isWhole ? await readLongs(file, listAt, 16 * count) : undefined;
  return list !== undefined && isSound(list, listAt) ? list : undefined;
}

/** Whether checkpoints ascend, and so do the offsets of their row ids. */
function isSound(list: BigInt64Array, listAt: number): boolean {
  let rowsEnd = BigInt(HEADER_BYTES);
  for (let at = 0; at < list.length; at += 2) {
    if (at > 0 && list[at] <= list[at - 2]) return false;
    if (list[at + 1] < rowsEnd || (list[at + 1] - rowsEnd) % 8n !== 0n) return false;
    rowsEnd = list[at + 1];
  }
  return rowsEnd === BigInt(listAt);
}

async function readLongs(
  file: FileHandle,
  at: number,
  sizeBytes: number,
): Promise<BigInt64Array<ArrayBuffer> | undefined> {
  const longs = new BigInt64Array(sizeBytes / 8);
  const { bytesRead } = await file.read(new Uint8Array(longs.buffer), 0, sizeBytes, at);
  return bytesRead === sizeBytes ? longs : undefined;
}
