import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { cannotWrite, openReplaceable } from '../shared/replaceable-file.js';
import { BLOCK, BLOCK_HEAD_BYTES, EVENT_BYTES, MAGIC } from './ledger-format.js';
import { PayloadDigest } from './payload-digest.js';

const EVENTS_A_BLOCK = 4096;
const LARGEST_TOPIC_BYTES = 0xffff;
const WHAT = 'a ledger';

/** Writes a ledger. A failure does not end the sending: `close` throws it. */
export class LedgerWriter {
  private readonly _path: string;
  private readonly _file: FileHandle;
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
   * @param name what the user calls the option that gives the path, for errors
   * @throws TcsReplayError `BAD_OPTION` where another file is there; `WRITE_FAILED`
   */
  static async open(path: string, name = 'ledger'): Promise<LedgerWriter> {
    const file = await openReplaceable(path, { name, what: WHAT, begins: MAGIC });
    const writer = new LedgerWriter(path, file);
    if (writer._failure !== undefined) await writer.close();
    return writer;
  }

  private constructor(path: string, file: FileHandle) {
    this._path = path;
    this._file = file;
    this._writeBytes(Buffer.from(MAGIC, 'latin1'));
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
  async close(): Promise<void> {
    this._flush();
    const count = Buffer.alloc(8);
    count.writeDoubleLE(this._events);
    this._write(BLOCK.end, count);
    try {
      await this._file.close();
    } catch (error) {
      this._failure ??= error;
    }
    if (this._failure !== undefined) throw cannotWrite(this._path, WHAT, this._failure);
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
    const head = Buffer.alloc(BLOCK_HEAD_BYTES);
    head.writeUInt32LE(kind, 0);
    head.writeUInt32LE(content.length, 4);
    this._writeBytes(head);
    this._writeBytes(content);
  }

  private _writeBytes(bytes: Buffer): void {
    if (this._failure !== undefined) return;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this._file.fd, bytes, at);
    } catch (error) {
      this._failure = error;
    }
  }
}
