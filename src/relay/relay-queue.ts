import { RelayEncoder, type RelayEncoderOptions } from './relay-encoder.js';

/** What an event takes in a batch besides its payload, and its share of the topics. */
const EVENT_BYTES = 64;

export interface RelayQueueOptions extends RelayEncoderOptions {
  /** Most bytes of events that wait to be taken. */
  readonly queueBytes: number;
  /** Called when events begin to be dropped, and when that ends, with their number. */
  readonly onFull: () => void;
  readonly onRoom: (dropped: number) => void;
}

/** Batches in an ArrayBuffer each, and the number of their events. */
interface WaitingBatch {
  readonly buffer: ArrayBuffer;
  readonly count: number;
}

/**
 * Events that were received and not taken yet, in batches. Where it is full, events that come are dropped, and counted, until half of
 * it was taken.
 */
export class RelayQueue {
  readonly encoder: RelayEncoder;
  private readonly _options: RelayQueueOptions;
  private readonly _batches: WaitingBatch[] = [];
  /** Of `_batches`. */
  private _packedBytes = 0;
  private _packedCount = 0;
  private _accepted = 0;
  private _dropped = 0;
  private _mostBytes = 0;
  /** What `_dropped` was when the queue became full; undefined while it has room. */
  private _fullSince: number | undefined;
  private _isEnded = false;
  private _wake: (() => void) | undefined;
  private _handingOver: NodeJS.Immediate | undefined;

  constructor(options: RelayQueueOptions) {
    this._options = options;
    this.encoder = new RelayEncoder(options);
  }

  /** Number of events that were added, without those that were dropped. */
  get accepted(): number {
    return this._accepted;
  }

  /** Number of events that were dropped, since the queue was full. */
  get dropped(): number {
    return this._dropped;
  }

  /** Number of events that wait. */
  get count(): number {
    return this._packedCount + this.encoder.count;
  }

  /** Bytes of the events that wait. */
  get sizeBytes(): number {
    return this._packedBytes + this.encoder.payloadBytes + EVENT_BYTES * this.encoder.count;
  }

  /** The most that `sizeBytes` was. */
  get mostBytes(): number {
    return this._mostBytes;
  }

  /**
   * Adds an event; it is copied.
   *
   * @param receivedS when it came, in Unix seconds
   * @returns false where it was dropped
   */
  add(topic: string, payload: Buffer, receivedS: number): boolean {
    if (!this._hasRoomFor(payload.length + EVENT_BYTES)) {
      this._dropped += 1;
      return false;
    }
    this.encoder.add(topic, payload, receivedS);
    this._accepted += 1;
    this._mostBytes = Math.max(this._mostBytes, this.sizeBytes);
    if (this.encoder.isFull) this._pack();
    // What else has come meanwhile is handed over with it.
    if (this._wake !== undefined) this._handingOver ??= setImmediate(() => this._handOver());
    return true;
  }

  /** The next batch, as soon as there is one; undefined: there will be none. One call at a time. */
  async take(): Promise<ArrayBuffer | undefined> {
    while (this.count === 0 && !this._isEnded)
      await new Promise<void>((resolve) => {
        this._wake = resolve;
      });
    if (this._batches.length === 0 && this.encoder.count > 0) this._pack();
    const batch = this._batches.shift();
    if (batch === undefined) return undefined;
    this._packedBytes -= batch.buffer.byteLength;
    this._packedCount -= batch.count;
    return batch.buffer;
  }

  /** Nothing is added any more: what waits is still there to be taken. */
  end(): void {
    this._isEnded = true;
    this._handOver();
  }

  private _handOver(): void {
    clearImmediate(this._handingOver);
    this._handingOver = undefined;
    this._wake?.();
    this._wake = undefined;
  }

  private _pack(): void {
    const { count } = this.encoder;
    const buffer = this.encoder.pack();
    this._batches.push({ buffer, count });
    this._packedBytes += buffer.byteLength;
    this._packedCount += count;
  }

  private _hasRoomFor(eventBytes: number): boolean {
    const { queueBytes, onFull, onRoom } = this._options;
    const { sizeBytes } = this;
    if (this._fullSince !== undefined) {
      if (sizeBytes > queueBytes / 2) return false;
      onRoom(this._dropped - this._fullSince);
      this._fullSince = undefined;
    }
    // An event that is larger than the whole queue is taken when nothing else waits.
    if (sizeBytes + eventBytes <= queueBytes || sizeBytes === 0) return true;
    this._fullSince = this._dropped;
    onFull();
    return false;
  }
}
