/** Before each message: the sizes of its topic and its payload, 4 bytes each. */
const HEAD_BYTES = 8;
/** Large enough that passing it from thread to thread costs little for each message. */
const USUAL_BYTES = 256 << 10;

/** Called with the places of a message's topic and payload: the payload begins where the topic ends. */
type OnMessage = (topicAt: number, payloadAt: number, end: number) => void;

/** Messages as they were received, in one buffer that can be transferred to another thread. */
export class MessageBatch {
  readonly bytes: Buffer;
  /** When the first one was received, in milliseconds since 1970. */
  readonly receivedMs: number;
  private _length = 0;

  /** @param firstBytes size of the first message, see `sizeOf` */
  constructor(firstBytes: number, receivedMs: number) {
    // Not of Node's pool, which cannot be transferred.
    this.bytes = Buffer.allocUnsafeSlow(Math.max(USUAL_BYTES, firstBytes));
    this.receivedMs = receivedMs;
  }

  /** The bytes that a message takes in a batch. */
  static sizeOf(topic: Buffer, payload: Buffer): number {
    return HEAD_BYTES + topic.length + payload.length;
  }

  /** Number of bytes used. */
  get length(): number {
    return this._length;
  }

  /** Copies a message. @returns false, with nothing done, where it does not fit */
  add(topic: Buffer, payload: Buffer): boolean {
    const { bytes, _length: at } = this;
    const payloadAt = at + HEAD_BYTES + topic.length;
    const end = payloadAt + payload.length;
    if (end > bytes.length) return false;
    bytes.writeUInt32LE(topic.length, at);
    bytes.writeUInt32LE(payload.length, at + 4);
    bytes.set(topic, at + HEAD_BYTES);
    bytes.set(payload, payloadAt);
    this._length = end;
    return true;
  }
}

/** Calls `onMessage` with each message of the first `length` bytes of a batch, in their order. */
export function forEachMessage(bytes: Buffer, length: number, onMessage: OnMessage): void {
  for (let at = 0; at < length; ) {
    const topicAt = at + HEAD_BYTES;
    const payloadAt = topicAt + bytes.readUInt32LE(at);
    const end = payloadAt + bytes.readUInt32LE(at + 4);
    onMessage(topicAt, payloadAt, end);
    at = end;
  }
}
