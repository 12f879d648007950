import { type Damage, LARGEST_ROW } from '../../batch/damage.js';
import type { BlockFile } from '../block-file.js';
import { BlockList } from '../block-index.js';
import { crc32 } from '../crc32.js';
import { FormatFault, unlessFault } from '../format-fault.js';
import { uncheckedRecordsOf } from './chunk-records.js';
import { isOwnLibrary, type McapIndex, OWN_METADATA, passedOverNotices } from './mcap-index.js';
import {
  FIRST_PRIVATE,
  Fields,
  LAST_KNOWN,
  MAGIC,
  type McapChannel,
  MESSAGE_HEADER_BYTES,
  OP,
  RECORD_HEADER_BYTES,
  readChannel,
  readChunkHead,
  u64At,
} from './mcap-record.js';

/** Messages that are in no chunk are read in runs of this size. */
const RUN_BYTES = 1 << 20;
/** Bytes of a record's beginning that are looked at, to tell whether it is one. */
const HEAD_BYTES = 4096;
/** Bytes that may follow the fields of a record: a later version of the format may have more. */
const MOST_PADDING = 256;

/** Finds the messages of a file by walking through its records, past those that are damaged. */
export function walkedIndex(file: BlockFile, report: (share: number) => void): McapIndex {
  return new Walk(file, report).run();
}

/** The messages of a chunk that were counted. */
interface Counted {
  readonly rows: number;
  /** Why the rest of the chunk cannot be read; undefined: there is none. */
  readonly fault: string | undefined;
}

class Walk {
  private readonly _file: BlockFile;
  private readonly _report: (share: number) => void;
  private readonly _blocks = new BlockList();
  private readonly _isChunk: number[] = [];
  private readonly _channels = new Map<number, McapChannel>();
  private readonly _counts = new Map<number, number>();
  private readonly _damage: Damage[] = [];
  private _isOwn = false;
  /** Whether the footer was found. */
  private _isEnded = false;
  /** Whether the file ends with what cannot be read. */
  private _isEndLost = false;
  /** The run of messages outside of chunks that is being followed. */
  private _run: { at: number; end: number; rows: number } | undefined;

  constructor(file: BlockFile, report: (share: number) => void) {
    this._file = file;
    this._report = report;
  }

  run(): McapIndex {
    const { sizeBytes } = this._file;
    let at = Math.min(MAGIC.length, sizeBytes);
    if (!this._file.view(0, at).equals(MAGIC)) this._addDamage('its first bytes', 0);
    while (at < sizeBytes && !this._isEnded) {
      const end = this._endOfRecord(at);
      if (end === undefined) at = this._pastDamage(at, this._nextRecord(at + 1));
      else if (this._isSure(at) || this._mayBegin(end) || end >= sizeBytes - MAGIC.length)
        at = this._take(at, end);
      else {
        // Either the size of this record is wrong, or the next one is damaged.
        const next = this._nextRecord(at + 1);
        at = next < end ? this._pastDamage(at, next) : this._pastDamage(this._take(at, end), next);
      }
      this._report(at / sizeBytes);
    }
    this._endRun();
    if (!this._isEnded && !this._isEndLost)
      this._addDamage(`the end, from byte ${sizeBytes} on, which is missing`, undefined);
    return {
      ...this._blocks.columns(),
      damage: this._damage,
      notices: passedOverNotices(this._channels, this._counts),
      isQuick: false,
      details: { channels: this._channels, isChunk: Uint8Array.from(this._isChunk), isOwn: this._isOwn },
    };
  }

  /** Whether the size of a record agrees with another one within it. */
  private _isSure(at: number): boolean {
    const op = this._file.view(at, 1)[0];
    return op === OP.chunk || op === OP.messageIndex;
  }

  /** Takes a record, or notes that it cannot be read. @returns where the next one begins */
  private _take(at: number, end: number): number {
    try {
      return this._taken(at, end);
    } catch (error) {
      if (error instanceof FormatFault) return this._pastDamage(at, end);
      throw error;
    }
  }

  private _taken(at: number, end: number): number {
    const op = this._file.view(at, 1)[0];
    const contentAt = at + RECORD_HEADER_BYTES;
    if (op === OP.message) this._addMessage(at, end);
    else if (op === OP.chunk) return this._takeChunk(at, end);
    else if (op === OP.channel) this._learn(this._fields(contentAt, end));
    else if (op === OP.header) {
      const fields = this._fields(contentAt, end);
      fields.text();
      this._isOwn ||= isOwnLibrary(fields.text());
    } else if (op === OP.metadata) this._isOwn ||= this._fields(contentAt, end).text() === OWN_METADATA;
    else if (op === OP.footer) this._takeFooter(at);
    return end;
  }

  private _fields(at: number, end: number): Fields {
    return new Fields(this._file.view(at, end - at), 0, end - at);
  }

  private _learn(fields: Fields): void {
    const [id, channel] = readChannel(fields);
    if (!this._channels.has(id)) this._channels.set(id, channel);
  }

  private _addMessage(at: number, end: number): void {
    if (this._run !== undefined && end - this._run.at > RUN_BYTES) this._endRun();
    this._run ??= { at, end, rows: 0 };
    this._run.end = end;
    this._run.rows += 1;
    this._count(this._file.view(at + RECORD_HEADER_BYTES, 2).readUInt16LE());
  }

  private _endRun(): void {
    const run = this._run;
    this._run = undefined;
    if (run !== undefined) this._addBlock(run.at, run.end, run.rows, 0);
  }

  private _addBlock(at: number, end: number, rows: number, isChunk: 0 | 1): void {
    if (rows === 0) return;
    this._blocks.add(at, end - at, rows);
    this._isChunk.push(isChunk);
  }

  private _count(channel: number): void {
    this._counts.set(channel, (this._counts.get(channel) ?? 0) + 1);
  }

  /** @returns where the record behind the chunk, and behind its indexes where these were needed, begins */
  private _takeChunk(at: number, end: number): number {
    this._endRun();
    const { rows, fault } = this._countChunk(at, end);
    if (fault === undefined) {
      this._addBlock(at, end, rows, 1);
      return end;
    }
    // How many messages there were is known from the indexes behind the chunk. When it is read, the missing ones are noted.
    const { count, next } = this._countIndexes(end);
    if (count === 0 && rows === 0) this._addDamage(`the chunk at byte ${at}: ${fault}`, undefined);
    this._addBlock(at, end, Math.max(rows, count), 1);
    if (count === 0 && rows > 0) this._addDamage(`the end of the chunk at byte ${at}: ${fault}`, undefined);
    return next;
  }

  private _countChunk(at: number, end: number): Counted {
    let rows = 0;
    try {
      const { records, isSound } = uncheckedRecordsOf(this._file.view(at, end - at));
      for (let from = 0; from < records.length; ) {
        const contentAt = from + RECORD_HEADER_BYTES;
        if (contentAt > records.length) throw new FormatFault('its records are cut off');
        const to = contentAt + u64At(records, from + 1);
        if (to > records.length) throw new FormatFault('a record ends outside of it');
        // Also of a chunk that is not sound: without its channels, those behind it could not be played.
        if (records[from] === OP.channel) this._learn(new Fields(records, contentAt, to));
        else if (records[from] === OP.message && isSound) {
          if (contentAt + MESSAGE_HEADER_BYTES > to) throw new FormatFault('a message is too short');
          this._count(records.readUInt16LE(contentAt));
          rows += 1;
        }
        from = to;
      }
      return { rows, fault: isSound ? undefined : 'its checksum is wrong' };
    } catch (error) {
      if (error instanceof FormatFault) return { rows, fault: error.message };
      throw error;
    }
  }

  private _countIndexes(from: number): { count: number; next: number } {
    let count = 0;
    for (let at = from; ; ) {
      const end = this._endOfRecord(at);
      if (end === undefined || this._file.view(at, 1)[0] !== OP.messageIndex) return { count, next: at };
      const fields = new Fields(this._file.view(at + RECORD_HEADER_BYTES, 6), 0, 6);
      fields.skip(2);
      count += fields.u32() / 16;
      at = end;
    }
  }

  private _takeFooter(at: number): void {
    this._isEnded = true;
    const lastAt = this._file.sizeBytes - MAGIC.length;
    if (lastAt < at || !this._file.read(lastAt, MAGIC.length).equals(MAGIC))
      this._addDamage('its last bytes', 0);
    const fields = new Fields(this._file.read(at + RECORD_HEADER_BYTES, 20), 0, 20);
    const summaryAt = fields.u64();
    fields.skip(8);
    const crc = fields.u32();
    if (summaryAt === 0 || crc === 0) return;
    const isWhole = summaryAt < at && crcOf(this._file, summaryAt, at + RECORD_HEADER_BYTES + 16) === crc;
    if (!isWhole) this._addDamage(`the summary at byte ${summaryAt}, which is not needed`, 0);
  }

  /** Looks for a record from an offset on, behind which another one may begin. @returns where it begins; else the end of the file */
  private _nextRecord(from: number): number {
    const { sizeBytes } = this._file;
    for (let at = from; at < sizeBytes; at++) {
      if (at % RUN_BYTES === 0) this._report(at / sizeBytes);
      const op = this._file.view(at, 1)[0];
      if (op === 0 || op > LAST_KNOWN) continue;
      const end = this._endOfRecord(at);
      if (end !== undefined && (end >= sizeBytes - MAGIC.length || this._mayBegin(end))) return at;
    }
    return sizeBytes;
  }

  /** Notes that a part cannot be read. @returns its end */
  private _pastDamage(from: number, end: number): number {
    this._endRun();
    if (end <= from) return from;
    this._isEndLost = end === this._file.sizeBytes;
    this._addDamage(
      this._isEndLost ? `from byte ${from} to the end` : `bytes ${from} to ${end - 1}`,
      undefined,
    );
    return end;
  }

  /** Just past the record that begins at an offset; undefined where it is none, or not whole. */
  private _endOfRecord(at: number): number | undefined {
    if (!this._mayBegin(at)) return undefined;
    const { sizeBytes } = this._file;
    const contentAt = at + RECORD_HEADER_BYTES;
    const head = this._file.view(at, Math.min(HEAD_BYTES, sizeBytes - at));
    const end = contentAt + u64At(head, 1);
    return unlessFault(() => hasForm(head, end - at, sizeBytes - end)) ? end : undefined;
  }

  /** Whether a known code, and a size within the file, stand at an offset. */
  private _mayBegin(at: number): boolean {
    const { sizeBytes } = this._file;
    if (at + RECORD_HEADER_BYTES > sizeBytes) return false;
    const head = this._file.view(at, RECORD_HEADER_BYTES);
    const isKnown = head[0] !== 0 && (head[0] <= LAST_KNOWN || head[0] >= FIRST_PRIVATE);
    return isKnown && at + RECORD_HEADER_BYTES + u64At(head, 1) <= sizeBytes;
  }

  /** @param lostEvents undefined: not known */
  private _addDamage(where: string, lostEvents: number | undefined): void {
    const firstRow = BigInt(this._blocks.rows + 1);
    const lastRow = lostEvents === undefined ? LARGEST_ROW : firstRow;
    const reason = lostEvents === undefined ? 'unreadable rows' : 'unreadable part';
    this._damage.push({ table: 'messages', where, firstRow, lastRow, reason, lostEvents });
  }
}

/**
 * Whether a record has the form of its kind.
 *
 * @param head its beginning, or all of it
 * @param size of the record, in bytes
 * @param left bytes of the file behind it
 * @throws FormatFault where it has not
 */
function hasForm(head: Buffer, size: number, left: number): boolean {
  const fields = new Fields(head, RECORD_HEADER_BYTES, Math.min(head.length, size));
  const content = size - RECORD_HEADER_BYTES;
  const isFilled = (used: number) => used <= content && content - used <= MOST_PADDING;
  switch (head[0]) {
    case OP.message:
      return content >= MESSAGE_HEADER_BYTES;
    case OP.chunk:
      return isFilled(readChunkHead(head, RECORD_HEADER_BYTES, size).recordsEnd - RECORD_HEADER_BYTES);
    case OP.messageIndex: {
      fields.skip(2);
      const entries = fields.u32();
      return entries % 16 === 0 && isFilled(6 + entries);
    }
    case OP.header:
      fields.text();
      fields.text();
      return true;
    case OP.channel: {
      // A long channel ends behind the head.
      if (size > head.length) return true;
      readChannel(fields);
      return fields.left <= MOST_PADDING;
    }
    case OP.schema:
      fields.skip(2);
      fields.text();
      fields.text();
      return isFilled(fields.at - RECORD_HEADER_BYTES + 4 + fields.u32());
    case OP.dataEnd:
      return isFilled(4);
    case OP.footer:
      return isFilled(20) && left <= MAGIC.length;
    default:
      return true;
  }
}

function crcOf(file: BlockFile, from: number, end: number): number {
  let crc = 0;
  for (let at = from; at < end; ) {
    const part = file.view(at, Math.min(RUN_BYTES, end - at));
    crc = crc32(part, crc);
    at += part.length;
  }
  return crc;
}
