import { MessageBatch } from './message-batch.js';
import { entryOf } from './record-messages.js';
import type { RecorderThread } from './recorder-thread.js';

/** A batch that is not full is handed over after this time. */
const BATCH_MS = 100;

/** What came of a topic. */
export interface TopicReceived {
  received: number;
  /** Events for which the queue had no room: the disk was too slow. */
  dropped: number;
}

export interface MessageQueueOptions {
  readonly thread: RecorderThread;
  /** Most bytes that wait to be written. */
  readonly queueBytes: number;
  /** Called when events begin to be dropped, and when that ends, with their number. */
  readonly onFull: () => void;
  readonly onRoom: (dropped: number) => void;
}

/**
 * What was received and is not written yet: a batch that fills, and those that the thread has. Where it is full events are dropped, and
 * counted, until half of it is written.
 */
export class MessageQueue {
  readonly thread: RecorderThread;
  readonly topics = new Map<string, TopicReceived>();
  private readonly _options: MessageQueueOptions;
  private _batch: MessageBatch | undefined;
  private _timer: NodeJS.Timeout | undefined;
  private _received = 0;
  private _bytes = 0;
  private _dropped = 0;
  /** What `_dropped` was when the queue became full; undefined while it has room. */
  private _fullSince: number | undefined;

  constructor(options: MessageQueueOptions) {
    this.thread = options.thread;
    this._options = options;
  }

  /** Number of events that were received, those that were dropped included. */
  get received(): number {
    return this._received;
  }

  /** Bytes of their topics and payloads. */
  get bytes(): number {
    return this._bytes;
  }

  get dropped(): number {
    return this._dropped;
  }

  /** How much of the room is taken, from 0 to 1. */
  get fill(): number {
    return Math.min(1, this._waitingBytes / this._options.queueBytes);
  }

  /** Takes a message; it is copied. @param topic the text of `topicFrame` */
  add(topic: string, topicFrame: Buffer, payload: Buffer): void {
    const counts = entryOf(this.topics, topic, () => ({ received: 0, dropped: 0 }));
    counts.received += 1;
    this._received += 1;
    this._bytes += topicFrame.length + payload.length;
    if (!this._hasRoomFor(MessageBatch.sizeOf(topicFrame, payload))) {
      counts.dropped += 1;
      this._dropped += 1;
      return;
    }
    if (this._batch?.add(topicFrame, payload)) return;
    this.flush();
    const batch = new MessageBatch(MessageBatch.sizeOf(topicFrame, payload), Date.now());
    batch.add(topicFrame, payload);
    this._batch = batch;
    this._timer = setTimeout(() => this.flush(), BATCH_MS);
  }

  /** Hands over what has come. */
  flush(): void {
    clearTimeout(this._timer);
    if (this._batch === undefined) return;
    this.thread.append(this._batch);
    this._batch = undefined;
  }

  private get _waitingBytes(): number {
    return this.thread.queuedBytes + (this._batch?.length ?? 0);
  }

  private _hasRoomFor(sizeBytes: number): boolean {
    const { queueBytes, onFull, onRoom } = this._options;
    const waitingBytes = this._waitingBytes;
    if (this._fullSince !== undefined) {
      if (waitingBytes > queueBytes / 2) return false;
      onRoom(this._dropped - this._fullSince);
      this._fullSince = undefined;
    }
    // An event that is larger than the whole queue is taken when nothing else waits.
    if (waitingBytes + sizeBytes <= queueBytes || waitingBytes === 0) return true;
    this._fullSince = this._dropped;
    onFull();
    return false;
  }
}
