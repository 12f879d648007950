import { JsonLinesWriter } from '../formats/json-lines/json-lines-writer.js';
import { MOST_TOPICS } from './record-messages.js';

/** Most bytes of events that are kept for the head of the next file. */
const MOST_BYTES = 64 << 20;

/** The last event of each topic, in the order in which they came. */
export class McapState {
  private readonly _events = new Map<string, Buffer>();
  private _sizeBytes = 0;

  /** Number of topics. */
  get topics(): number {
    return this._events.size;
  }

  /** Takes an event of a topic, which is copied. It takes no more topics than fit in memory. */
  take(topic: string, payload: Buffer): void {
    const before = this._events.get(topic);
    this._sizeBytes -= before?.length ?? 0;
    this._events.delete(topic);
    if (this._sizeBytes + payload.length > MOST_BYTES || this._events.size >= MOST_TOPICS) return;
    this._sizeBytes += payload.length;
    this._events.set(topic, Buffer.from(payload));
  }

  /** As JSON lines. */
  lines(): Buffer {
    const parts: Buffer[] = [];
    const target = { sizeBytes: 0, write: (bytes: Uint8Array) => void parts.push(Buffer.from(bytes)) };
    const lines = new JsonLinesWriter(target, { gzip: false });
    for (const [topic, payload] of this._events) lines.write(topic, payload, 0, payload.length);
    lines.end();
    return Buffer.concat(parts);
  }
}
