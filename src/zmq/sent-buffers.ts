import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** zeromq.js copies parts of up to this size, and references larger ones until they are sent. */
const LARGEST_COPIED_BYTES = 128;
/** Number of new buffers before collected ones are dropped from the list. */
const DROP_EVERY = 256;

interface SentBuffer {
  readonly buffer: WeakRef<ArrayBufferLike>;
  events: number;
}

/**
 * Counts the events sent from each buffer, to estimate how many are still queued. libzmq has no such number. But a
 * queued message references its buffer, so garbage collection shows which buffers have messages in the queue. All
 * events of such a buffer are counted, although only one may be queued: the number is an upper bound.
 */
export class SentBuffers {
  private _sent: SentBuffer[] = [];
  /** The entries of `_sent` by their buffers. */
  private readonly _known = new WeakMap<ArrayBufferLike, SentBuffer>();
  private _buffer: ArrayBufferLike | undefined;
  private _current: SentBuffer = { buffer: new WeakRef(new ArrayBuffer(0)), events: 0 };
  private _copied = 0;
  private _dropAt = DROP_EVERY;

  /** Number of events that were copied, whose state is unknown: texts, and payloads of up to 128 bytes. */
  get copied(): number {
    return this._copied;
  }

  /** Counts an event that was sent. */
  add(payload: string | Uint8Array): void {
    if (typeof payload === 'string' || payload.length <= LARGEST_COPIED_BYTES) {
      this._copied += 1;
      return;
    }
    if (payload.buffer !== this._buffer) this._turnTo(payload.buffer);
    this._current.events += 1;
  }

  /**
   * Upper bound of the events still queued, without copied ones. It forces a garbage collection, which takes some ten
   * milliseconds. Buffers that the caller references count as queued.
   */
  async mostQueued(): Promise<number> {
    this._buffer = undefined;
    // zeromq.js releases sent buffers in a turn of the event loop, and WeakRef.deref() keeps its target until the turn
    // ends.
    await turn();
    await turn();
    collectGarbage();
    await turn();
    this._dropCollected();
    return this._sent.reduce((sum, { events }) => sum + events, 0);
  }

  private _turnTo(buffer: ArrayBufferLike): void {
    this._buffer = buffer;
    const known = this._known.get(buffer);
    if (known !== undefined) {
      this._current = known;
      return;
    }
    if (this._sent.length >= this._dropAt) {
      this._dropCollected();
      this._dropAt = 2 * this._sent.length + DROP_EVERY;
    }
    this._current = { buffer: new WeakRef(buffer), events: 0 };
    this._known.set(buffer, this._current);
    this._sent.push(this._current);
  }

  private _dropCollected(): void {
    this._sent = this._sent.filter(({ buffer }) => buffer.deref() !== undefined);
  }
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  setFlagsFromString('--no-expose-gc');
}
