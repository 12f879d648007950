import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { BLOCK, BLOCK_HEAD_BYTES, EVENT_BYTES, MAGIC } from './ledger-format.js';
import { PayloadDigest } from './payload-digest.js';

const EVENTS_A_BLOCK = 4096;
const LARGEST_TOPIC_BYTES = 0xffff;

/** Writes a ledger. A failure does not end the sending: `close` throws it. */
export class LedgerWriter {
  private readonly _path: string;
  private readonly _file: number;
  private readonly _digest = new PayloadDigest();
  private readonly _topics = new Map<string, number>();
  /** The numbers of topics by their bytes: a batch has one buffer for all events of a topic. */
  private readonly _idsOfBytes = new WeakMap<Uint8Array, number>();
  private _newTopics: Buffer[] = [];
  private readonly _block = Buffer.alloc(EVENTS_A_BLOCK * EVENT_BYTES);
  private _inBlock = 0;
  private _events = 0;
  private _failure: unknown;

  /**
   * Opens a file. An existing ledger is replaced; any other file is refused.
   *
   * @throws TcsReplayError `BAD_OPTION` where another file is there; `WRITE_FAILED`
   */
  static open(path: string): LedgerWriter {
    refuseOtherFile(path);
    try {
      const file = openSync(path, 'w');
      writeSync(file, MAGIC);
      return new LedgerWriter(path, file);
    } catch (error) {
      throw failed(path, error);
    }
  }

  private constructor(path: string, file: number) {
    this._path = path;
    this._file = file;
  }

  /** Notes an event that was sent. @param payload JSON; it is not kept */
  add(topic: Uint8Array, payload: Uint8Array): void {
    this._digest.read(payload);
    const at = this._inBlock * EVENT_BYTES;
    this._block.writeDoubleLE(Math.round(this._digest.wireTimeS * 1e6), at);
    this._block.writeUInt32LE(this._topicId(topic), at + 8);
    this._block.writeInt32LE(this._digest.low, at + 12);
    this._block.writeInt32LE(this._digest.high, at + 16);
    this._inBlock += 1;
    this._events += 1;
    if (this._inBlock === EVENTS_A_BLOCK) this._flush();
  }

  /** Ends the file. @throws TcsReplayError `WRITE_FAILED`, also if an earlier part could not be written */
  close(): void {
    this._flush();
    const count = Buffer.alloc(8);
    count.writeDoubleLE(this._events);
    this._write(BLOCK.end, count);
    try {
      closeSync(this._file);
    } catch (error) {
      this._failure ??= error;
    }
    if (this._failure !== undefined) throw failed(this._path, this._failure);
  }

  private _topicId(bytes: Uint8Array): number {
    let id = this._idsOfBytes.get(bytes);
    if (id === undefined) {
      id = this._idOfName(bytes);
      this._idsOfBytes.set(bytes, id);
    }
    return id;
  }

  private _idOfName(bytes: Uint8Array): number {
    const topic = Buffer.from(bytes.subarray(0, LARGEST_TOPIC_BYTES)).toString();
    const known = this._topics.get(topic);
    if (known !== undefined) return known;
    const id = this._topics.size;
    this._topics.set(topic, id);
    const name = Buffer.from(topic);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(name.length);
    this._newTopics.push(length, name);
    return id;
  }

  private _flush(): void {
    if (this._newTopics.length > 0) this._write(BLOCK.topics, Buffer.concat(this._newTopics));
    this._newTopics = [];
    if (this._inBlock > 0) this._write(BLOCK.events, this._block.subarray(0, this._inBlock * EVENT_BYTES));
    this._inBlock = 0;
  }

  private _write(kind: number, content: Buffer): void {
    if (this._failure !== undefined) return;
    const head = Buffer.alloc(BLOCK_HEAD_BYTES);
    head.writeUInt32LE(kind, 0);
    head.writeUInt32LE(content.length, 4);
    try {
      for (const part of [head, content])
        for (let at = 0; at < part.length; ) at += writeSync(this._file, part, at);
    } catch (error) {
      this._failure = error;
    }
  }
}

/** A wrong path must not overwrite a night. */
function refuseOtherFile(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return; // It does not exist, or opening it for writing will say why not.
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size === 0) return;
    const begins = Buffer.alloc(MAGIC.length);
    readSync(file, begins, 0, begins.length, 0);
    if (begins.toString('latin1') === MAGIC) return;
  } finally {
    closeSync(file);
  }
  throw new TcsReplayError(
    'BAD_OPTION',
    `Cannot write a ledger to ${path}: another file is there; name a new file, or a ledger to replace`,
  );
}

function failed(path: string, error: unknown): TcsReplayError {
  const message = `Cannot write the ledger ${path}: ${messageOf(error)}; name a file that can be written, where there is room`;
  return new TcsReplayError('WRITE_FAILED', message, { cause: error });
}
