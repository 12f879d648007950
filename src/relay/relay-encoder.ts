import { BatchBuilder, NO_SLOT } from '../batch/batch.js';
import { ZERO } from '../encode/json-bytes.js';
import { SLOT_BYTES } from '../encode/time-slot.js';
import { PayloadScanner } from '../payload/payload-scanner.js';
import { TimeMembers } from '../payload/time-members.js';

/** Large enough that what a batch costs by itself is little for each event, and small enough to be sent in some milliseconds. */
const [FULL_EVENTS, FULL_BYTES] = [1024, 256 << 10];

/** How received events become those of a batch. */
export interface RelayEncoderOptions {
  /** Seconds between an event's time at the publisher and the moment when it is due. */
  readonly behindS: number;
  /** Whether the two times of events are written anew when they are sent. */
  readonly rewritesTimes: boolean;
}

/** Appends received messages to a batch: payloads as they are, but for slots in place of the two times. */
export class RelayEncoder {
  /** Of the message that was added last: whether its payload is a JSON object. Of others no byte is changed. */
  isObject = false;
  /**
   * Of the message that was added last: how long before it came its wire time was, in seconds, where that cannot be: after it, or longer than
   * `behindS` before. NaN: it can be, there is no wire time, or nothing depends on it.
   */
  impossibleAgeS = Number.NaN;
  private readonly _behindS: number;
  private readonly _rewritesTimes: boolean;
  private readonly _builder = new BatchBuilder();
  private readonly _scanner = new PayloadScanner();
  private readonly _times = new TimeMembers();
  private _topics: string[] = [];
  private readonly _topicIds = new Map<string, number>();
  /** The latest time of all events so far, in Unix seconds. */
  private _frontS = Number.NEGATIVE_INFINITY;

  constructor({ behindS, rewritesTimes }: RelayEncoderOptions) {
    this._behindS = behindS;
    this._rewritesTimes = rewritesTimes;
  }

  /** Number of events in the batch. */
  get count(): number {
    return this._builder.count;
  }

  /** Bytes of their payloads. */
  get payloadBytes(): number {
    return this._builder.length;
  }

  get isFull(): boolean {
    return this._builder.count >= FULL_EVENTS || this._builder.length >= FULL_BYTES;
  }

  /**
   * Adds a message; it is copied. Its time in the batch is that of the publisher, and never before that of the message before.
   *
   * @param receivedS when it came, in Unix seconds
   */
  add(topic: string, payload: Buffer, receivedS: number): void {
    const { _builder: builder, _times: times } = this;
    this.isObject = this._scanner.scan(payload);
    if (this.isObject) times.find(this._scanner);
    const wireS = this.isObject ? times.wireS(payload) : Number.NaN;
    const dataS = this.isObject ? times.dataS(payload) : Number.NaN;
    const sourceS = this._sourceS(wireS, receivedS);
    // The data time keeps its distance from the time that is sent as the wire time.
    const movedDataS = sourceS + (dataS - (Number.isNaN(wireS) ? receivedS : wireS));
    builder.reserve(payload.length + 2 * SLOT_BYTES.json);
    const hasWireSlot = this._rewritesTimes && !Number.isNaN(wireS);
    const hasDataSlot = this._rewritesTimes && !Number.isNaN(dataS);
    const isDataFirst = hasDataSlot && times.dataAt < times.wireAt;
    let wireSlot = NO_SLOT;
    let dataSlot = NO_SLOT;
    let from = 0;
    let end = builder.length;
    if (isDataFirst) {
      dataSlot = this._copyTo(payload, from, times.dataAt, end);
      from = times.dataEnd;
      end = this._writeSlot(dataSlot);
    }
    if (hasWireSlot) {
      wireSlot = this._copyTo(payload, from, times.wireAt, end);
      from = times.wireEnd;
      end = this._writeSlot(wireSlot);
    }
    if (hasDataSlot && !isDataFirst) {
      dataSlot = this._copyTo(payload, from, times.dataAt, end);
      from = times.dataEnd;
      end = this._writeSlot(dataSlot);
    }
    end = this._copyTo(payload, from, payload.length, end);
    builder.add(end, this._topicId(topic), sourceS, movedDataS, wireSlot, dataSlot);
  }

  /** Counts a message that is not wanted. */
  skip(): void {
    this._builder.skipped += 1;
  }

  /** Packs the events into a buffer for `Batch`, which the caller owns. */
  pack(): ArrayBuffer {
    const buffer = this._builder.pack({ topics: this._topics, oddities: [], format: 'json' });
    this._topics = [];
    this._topicIds.clear();
    return buffer;
  }

  /** The wire time, or the time of receipt where the wire time cannot be right. */
  private _sourceS(wireS: number, receivedS: number): number {
    const ageS = receivedS - wireS;
    const canBe = ageS >= 0 && ageS <= this._behindS;
    this.impossibleAgeS = canBe || this._behindS === 0 ? Number.NaN : ageS;
    const sourceS = canBe ? wireS : receivedS;
    if (sourceS > this._frontS) this._frontS = sourceS;
    return this._frontS;
  }

  private _topicId(topic: string): number {
    let id = this._topicIds.get(topic);
    if (id === undefined) {
      id = this._topics.push(topic) - 1;
      this._topicIds.set(topic, id);
    }
    return id;
  }

  /** @returns the offset just past the copy */
  private _copyTo(payload: Buffer, from: number, end: number, to: number): number {
    payload.copy(this._builder.bytes, to, from, end);
    return to + end - from;
  }

  /** @returns the offset just past the slot */
  private _writeSlot(at: number): number {
    const end = at + SLOT_BYTES.json;
    this._builder.bytes.fill(ZERO, at, end);
    return end;
  }
}
