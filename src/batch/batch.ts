import { pack, unpack } from 'msgpackr';
import type { Damage } from './damage.js';
import type { Warnings } from './warnings.js';

/** How the payloads of a batch are encoded. */
export type PayloadFormat = 'json' | 'msgpack';

/** The value of a slot's offset where an event has no such slot. */
export const NO_SLOT = 0xffffffff;

const HEADER_WORDS = 8;
const BYTES_AN_EVENT = 3 * 8 + 5 * 4;

interface Meta {
  topics: string[];
  warnings: Warnings;
  format: PayloadFormat;
  /** What could not be read, in the order of the events; none by default. */
  damage?: readonly Damage[];
}

/** Where a `BatchBuilder` stood. */
export interface BuilderMark {
  readonly length: number;
  readonly count: number;
  readonly skipped: number;
}

/**
 * Collects encoded events and packs them into one transferable buffer.
 *
 * `bytes` is scratch memory that the encoder writes payloads to, from `length` on, after `reserve`; it is used
 * again for the next batch, so that only `pack` allocates.
 */
export class BatchBuilder {
  bytes: Uint8Array = new Uint8Array(1 << 20);
  /** The number of payload bytes written. */
  length = 0;
  /** The number of events added. */
  count = 0;
  /** Events passed over since the last one that was added. */
  skipped = 0;

  private _dueS = new Float64Array(1024);
  private _dataS = new Float64Array(1024);
  private _keyS = new Float64Array(1024);
  private _words = new Uint32Array(5 * 1024);

  /** Makes room for `sizeBytes` more payload bytes. Invalidates a held reference to `bytes`. */
  reserve(sizeBytes: number): void {
    if (this.length + sizeBytes <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.length + sizeBytes, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /**
   * Ends an event whose payload reaches from the former `length` to `end`.
   *
   * @param dueS recorded time that the event is due by, in Unix seconds; NaN: at once
   * @param dataS recorded data time in Unix seconds; read only where there is a data slot
   * @param wireSlot, dataSlot offset of the time's slot in `bytes`, or NO_SLOT
   * @param keyS the time that it is merged by with the events of other recordings, in Unix seconds; NaN: none
   */
  add(
    end: number,
    topicId: number,
    dueS: number,
    dataS: number,
    wireSlot: number,
    dataSlot: number,
    keyS = dueS,
  ): void {
    if (this.count === this._dueS.length) this._grow();
    const at = this.count;
    this._dueS[at] = dueS;
    this._dataS[at] = dataS;
    this._keyS[at] = keyS;
    const word = at * 5;
    this._words[word] = end;
    this._words[word + 1] = topicId;
    this._words[word + 2] = wireSlot;
    this._words[word + 3] = dataSlot;
    this._words[word + 4] = this.skipped;
    this.skipped = 0;
    this.length = end;
    this.count += 1;
  }

  private _grow(): void {
    const { length } = this._dueS;
    const [dueS, dataS, keyS, words] = [this._dueS, this._dataS, this._keyS, this._words];
    this._dueS = new Float64Array(2 * length);
    this._dataS = new Float64Array(2 * length);
    this._keyS = new Float64Array(2 * length);
    this._words = new Uint32Array(10 * length);
    this._dueS.set(dueS);
    this._dataS.set(dataS);
    this._keyS.set(keyS);
    this._words.set(words);
  }

  /** Copies what was collected into a buffer that the caller owns, laid out as `Batch` reads it, and starts anew. */
  pack(meta: Meta): ArrayBuffer {
    const { count, length } = this;
    const packedMeta = pack(meta);
    const payloadAt = HEADER_WORDS * 4 + count * BYTES_AN_EVENT;
    const buffer = new ArrayBuffer(payloadAt + length + packedMeta.length);
    const header = new Uint32Array(buffer, 0, HEADER_WORDS);
    header.set([count, payloadAt, length, packedMeta.length, this.skipped]);
    const timesAt = HEADER_WORDS * 4;
    new Float64Array(buffer, timesAt, count).set(this._dueS.subarray(0, count));
    new Float64Array(buffer, timesAt + count * 8, count).set(this._dataS.subarray(0, count));
    new Float64Array(buffer, timesAt + count * 16, count).set(this._keyS.subarray(0, count));
    new Uint32Array(buffer, timesAt + count * 24, count * 5).set(this._words.subarray(0, count * 5));
    const bytes = new Uint8Array(buffer);
    bytes.set(this.bytes.subarray(0, length), payloadAt);
    bytes.set(packedMeta, payloadAt + length);
    this.clear();
    return buffer;
  }

  /** Where the collecting stands, to come back to. */
  mark(): BuilderMark {
    return { length: this.length, count: this.count, skipped: this.skipped };
  }

  /** Gives up what was collected since `mark`. */
  rewind({ length, count, skipped }: BuilderMark): void {
    this.length = length;
    this.count = count;
    this.skipped = skipped;
  }

  /** Gives up what was collected, and starts anew. */
  clear(): void {
    this.rewind({ length: 0, count: 0, skipped: 0 });
  }
}

/**
 * Decoded events in one transferable buffer, as a thread sends them to another:
 *
 * header (8 words) · due, data and key times (f64 each) · five words an event (end of payload, topic,
 * wire slot, data slot, events passed over before it) · payloads, one after the other · MessagePack of
 * topics, warnings, format and damage. Numbers are in the machine's byte order; nothing of this is written to a file.
 */
export class Batch {
  /** The number of events. */
  readonly count: number;
  /** The size of the whole buffer. */
  readonly sizeBytes: number;
  readonly format: PayloadFormat;
  /** The topics that occur. An event's topic is `topics[topicIdOf(i)]`. */
  readonly topics: readonly string[];
  readonly warnings: Warnings;
  /** What could not be read of the rows of this batch. */
  readonly damage: readonly Damage[];
  /** Events passed over after the last one of this batch, because their topic was not wanted. */
  readonly skippedAtEnd: number;
  /** Recorded due time of each event in Unix seconds; NaN: due at once. */
  readonly dueS: Float64Array;
  /** Recorded data time of each event in Unix seconds; read it only where `dataSlotOf` has a slot. */
  readonly dataS: Float64Array;
  /** The payloads. The times in them may be overwritten in place, until the payload is sent. */
  readonly payloads: Buffer;
  /** The time that each event is merged by with those of other recordings, in Unix seconds; NaN: none. */
  readonly keyS: Float64Array;
  private readonly _words: Uint32Array;
  private _topicBytes: Buffer[] | undefined;

  constructor(buffer: ArrayBuffer) {
    const [count, payloadAt, payloadBytes, metaBytes, skippedAtEnd] = new Uint32Array(
      buffer,
      0,
      HEADER_WORDS,
    );
    const timesAt = HEADER_WORDS * 4;
    this.count = count;
    this.sizeBytes = buffer.byteLength;
    this.skippedAtEnd = skippedAtEnd;
    this.dueS = new Float64Array(buffer, timesAt, count);
    this.dataS = new Float64Array(buffer, timesAt + count * 8, count);
    this.keyS = new Float64Array(buffer, timesAt + count * 16, count);
    this._words = new Uint32Array(buffer, timesAt + count * 24, count * 5);
    this.payloads = Buffer.from(buffer, payloadAt, payloadBytes);
    const meta = unpack(new Uint8Array(buffer, payloadAt + payloadBytes, metaBytes)) as Meta;
    this.topics = meta.topics;
    this.warnings = meta.warnings;
    this.format = meta.format;
    this.damage = meta.damage ?? [];
  }

  /** The topics as a socket takes them, made once. */
  get topicBytes(): readonly Buffer[] {
    this._topicBytes ??= this.topics.map((topic) => Buffer.from(topic));
    return this._topicBytes;
  }

  /** Offset in `payloads` at which event `i` begins. */
  startOf(i: number): number {
    return i === 0 ? 0 : this._words[i * 5 - 5];
  }

  /** Offset in `payloads` just past event `i`. */
  endOf(i: number): number {
    return this._words[i * 5];
  }

  /** Index in `topics`. */
  topicIdOf(i: number): number {
    return this._words[i * 5 + 1];
  }

  /** Offset in `payloads` of the wire time's slot, or NO_SLOT. */
  wireSlotOf(i: number): number {
    return this._words[i * 5 + 2];
  }

  /** Offset in `payloads` of the data time's slot, or NO_SLOT. */
  dataSlotOf(i: number): number {
    return this._words[i * 5 + 3];
  }

  /** How many events were passed over between event `i - 1` and event `i`, because their topic was not wanted. */
  skippedBefore(i: number): number {
    return this._words[i * 5 + 4];
  }
}
