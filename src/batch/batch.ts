import { pack } from 'msgpackr/pack';
import { unpack } from 'msgpackr/unpack';
import type { Damage } from './damage.js';
import type { Oddity } from './warnings.js';

/** Encoding of the payloads of a batch. */
export type PayloadFormat = 'json' | 'msgpack';

/** Version of the layout of a batch's buffer, which prepared files hold: raise it with each change. */
export const BATCH_VERSION = 1;

/** The slot offset of an event that has no such slot. */
export const NO_SLOT = 0xffffffff;

const HEADER_WORDS = 8;
const WORDS_PER_EVENT = 5;
const BYTES_PER_EVENT = 3 * 8 + WORDS_PER_EVENT * 4;

interface Meta {
  topics: string[];
  oddities: readonly Oddity[];
  format: PayloadFormat;
  /** What could not be read, in the order of the events. Default none. */
  damage?: readonly Damage[];
}

/** A state of a `BatchBuilder`. */
interface BuilderMark {
  readonly length: number;
  readonly count: number;
  readonly skipped: number;
}

/**
 * Collects encoded events and packs them into one transferable buffer.
 *
 * The encoder calls `reserve`, and writes a payload to `bytes` from `length` on. This memory is reused for the next
 * batch: once it is large enough, only `pack` allocates.
 */
export class BatchBuilder {
  bytes: Uint8Array = new Uint8Array(1 << 20);
  /** A view of `bytes`. */
  view = new DataView(this.bytes.buffer);
  /** Payload bytes of the events added. */
  length = 0;
  /** Events added. */
  count = 0;
  /** Events skipped since the last one added, because their topic is not wanted. */
  skipped = 0;

  private _dueS = new Float64Array(1024);
  private _dataS = new Float64Array(1024);
  private _keyS = new Float64Array(1024);
  private _words = new Uint32Array(WORDS_PER_EVENT * 1024);

  /**
   * Makes room for more payload bytes. It may replace `bytes`: read that again after the call.
   *
   * @param end offset just past what was written so far
   */
  reserve(sizeBytes: number, end = this.length): void {
    if (end + sizeBytes <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(end + sizeBytes, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, end));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  /**
   * Adds the event whose payload was written from `length` on. `length` becomes `end`.
   *
   * @param end offset in `bytes` just past the payload
   * @param topicId index in the topics that `pack` gets
   * @param dueS recorded due time in Unix seconds; NaN: due at once
   * @param dataS recorded data time in Unix seconds; NaN: none
   * @param wireSlot, dataSlot offset of the time's slot in `bytes`, or NO_SLOT
   * @param keyS the time that orders it among the events of other recordings, in Unix seconds; NaN: none
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
    const word = at * WORDS_PER_EVENT;
    this._words[word] = end;
    this._words[word + 1] = topicId;
    this._words[word + 2] = wireSlot;
    this._words[word + 3] = dataSlot;
    this._words[word + 4] = this.skipped;
    this.skipped = 0;
    this.length = end;
    this.count += 1;
  }

  /** Adds a copy of an event of another builder. @param topicId its topic, in the topics that `pack` gets */
  addCopy(from: BatchBuilder, index: number, topicId: number): void {
    const word = index * WORDS_PER_EVENT;
    const start = index === 0 ? 0 : from._words[word - WORDS_PER_EVENT];
    const [end, , wireSlot, dataSlot] = from._words.subarray(word, word + WORDS_PER_EVENT);
    const to = this.length;
    this.reserve(end - start);
    this.bytes.set(from.bytes.subarray(start, end), to);
    const moved = (slot: number) => (slot === NO_SLOT ? NO_SLOT : slot - start + to);
    this.add(
      to + end - start,
      topicId,
      from._dueS[index],
      from._dataS[index],
      moved(wireSlot),
      moved(dataSlot),
      from._keyS[index],
    );
  }

  private _grow(): void {
    const { length } = this._dueS;
    const [dueS, dataS, keyS, words] = [this._dueS, this._dataS, this._keyS, this._words];
    this._dueS = new Float64Array(2 * length);
    this._dataS = new Float64Array(2 * length);
    this._keyS = new Float64Array(2 * length);
    this._words = new Uint32Array(2 * words.length);
    this._dueS.set(dueS);
    this._dataS.set(dataS);
    this._keyS.set(keyS);
    this._words.set(words);
  }

  /** Packs the events into a new buffer for `Batch`, which the caller owns, and clears the builder. */
  pack(meta: Meta): ArrayBuffer {
    const { count, length } = this;
    const packedMeta = pack(meta);
    const payloadAt = HEADER_WORDS * 4 + count * BYTES_PER_EVENT;
    const buffer = new ArrayBuffer(payloadAt + length + packedMeta.length);
    const header = new Uint32Array(buffer, 0, HEADER_WORDS);
    header.set([count, payloadAt, length, packedMeta.length, this.skipped]);
    const { dueS, dataS, keyS, words } = columnsOf(buffer, count);
    dueS.set(this._dueS.subarray(0, count));
    dataS.set(this._dataS.subarray(0, count));
    keyS.set(this._keyS.subarray(0, count));
    words.set(this._words.subarray(0, words.length));
    const bytes = new Uint8Array(buffer);
    bytes.set(this.bytes.subarray(0, length), payloadAt);
    bytes.set(packedMeta, payloadAt + length);
    this.clear();
    return buffer;
  }

  /** The current state, for `rewind`. */
  mark(): BuilderMark {
    return { length: this.length, count: this.count, skipped: this.skipped };
  }

  /** Discards the events added since `mark` returned this state. */
  rewind({ length, count, skipped }: BuilderMark): void {
    this.length = length;
    this.count = count;
    this.skipped = skipped;
  }

  /** Discards all events. */
  clear(): void {
    this.rewind({ length: 0, count: 0, skipped: 0 });
  }
}

/**
 * Encoded events in one buffer, which one thread transfers to another. The layout:
 *
 * 1. header, eight words: number of events, offset and size of the payloads, size of the metadata, events skipped at
 *    the end; the rest is 0
 * 2. due times, data times, key times: each a float64 per event
 * 3. five words per event: end of payload, topic, wire slot, data slot, events skipped before it
 * 4. payloads, one after the other
 * 5. metadata in MessagePack: topics, oddities, format and damage
 *
 * Words are uint32. All numbers are in the machine's byte order; a prepared file, which holds such buffers, says which. Bytes
 * after the metadata are not read.
 */
export class Batch {
  /** Number of events. */
  readonly count: number;
  /** The whole buffer. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Size of the whole buffer. */
  readonly sizeBytes: number;
  readonly format: PayloadFormat;
  /** The topics that occur: that of event `i` is `topics[topicIdOf(i)]`. */
  readonly topics: readonly string[];
  /** What is odd about its events. */
  readonly oddities: readonly Oddity[];
  /** The rows of this batch that could not be read. */
  readonly damage: readonly Damage[];
  /** Events skipped after the last one of this batch, because their topic is not wanted. */
  readonly skippedAtEnd: number;
  /** Recorded due time of each event in Unix seconds; NaN: due at once. */
  readonly dueS: Float64Array;
  /**
   * Recorded data time of each event in Unix seconds: that in its payload, or else, where it has no wire time either, that of the event
   * table; NaN: none.
   */
  readonly dataS: Float64Array;
  /** The payloads. Until an event is sent, its times may be overwritten in place. */
  readonly payloads: Buffer;
  /** The time that orders each event among those of other recordings, in Unix seconds; NaN: none. */
  readonly keyS: Float64Array;
  private readonly _words: Uint32Array;
  private _topicBytes: Buffer[] | undefined;

  /** @param buffer as `BatchBuilder.pack` made it; it is not copied */
  constructor(buffer: ArrayBuffer) {
    const [count, payloadAt, payloadBytes, metaBytes, skippedAtEnd] = new Uint32Array(
      buffer,
      0,
      HEADER_WORDS,
    );
    const { dueS, dataS, keyS, words } = columnsOf(buffer, count);
    this.count = count;
    this.bytes = new Uint8Array(buffer);
    this.sizeBytes = buffer.byteLength;
    this.skippedAtEnd = skippedAtEnd;
    this.dueS = dueS;
    this.dataS = dataS;
    this.keyS = keyS;
    this._words = words;
    this.payloads = Buffer.from(buffer, payloadAt, payloadBytes);
    const meta = unpack(new Uint8Array(buffer, payloadAt + payloadBytes, metaBytes)) as Meta;
    this.topics = meta.topics;
    this.oddities = meta.oddities;
    this.format = meta.format;
    this.damage = meta.damage ?? [];
  }

  /** The topics as bytes for a socket, made on first use. */
  get topicBytes(): readonly Buffer[] {
    this._topicBytes ??= this.topics.map((topic) => Buffer.from(topic));
    return this._topicBytes;
  }

  /** Offset in `payloads` at which event `i` begins. */
  startOf(i: number): number {
    return i === 0 ? 0 : this._words[(i - 1) * WORDS_PER_EVENT];
  }

  /** Offset in `payloads` just past event `i`. */
  endOf(i: number): number {
    return this._words[i * WORDS_PER_EVENT];
  }

  /** Index in `topics` of the topic of event `i`. */
  topicIdOf(i: number): number {
    return this._words[i * WORDS_PER_EVENT + 1];
  }

  /** Offset in `payloads` of the wire time's slot of event `i`, or NO_SLOT. */
  wireSlotOf(i: number): number {
    return this._words[i * WORDS_PER_EVENT + 2];
  }

  /** Offset in `payloads` of the data time's slot of event `i`, or NO_SLOT. */
  dataSlotOf(i: number): number {
    return this._words[i * WORDS_PER_EVENT + 3];
  }

  /** Number of events skipped between events `i - 1` and `i`, because their topic is not wanted. */
  skippedBefore(i: number): number {
    return this._words[i * WORDS_PER_EVENT + 4];
  }
}

/** The columns of a batch of `count` events, as views of its buffer. */
function columnsOf(buffer: ArrayBuffer, count: number) {
  const at = HEADER_WORDS * 4;
  return {
    dueS: new Float64Array(buffer, at, count),
    dataS: new Float64Array(buffer, at + count * 8, count),
    keyS: new Float64Array(buffer, at + count * 16, count),
    words: new Uint32Array(buffer, at + count * 24, count * WORDS_PER_EVENT),
  };
}
