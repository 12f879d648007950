import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** zeromq.js copies parts up to this size, and keeps larger ones until they have left. */
const LARGEST_COPIED_BYTES = 128;
/** Buffers between two looks for those that are no longer there. */
const LOOK_EVERY = 256;

interface SentBuffer {
  readonly buffer: WeakRef<ArrayBufferLike>;
  events: number;
}

/**
 * Counts the events in each buffer that was sent, and tells how many are still queued. libzmq has no such number: but
 * what is queued holds its buffer, and garbage collection knows which buffers are held. Of a buffer with many events one
 * may be left or all: the number is an upper bound.
 */
export class SentBuffers {
  private _sent: SentBuffer[] = [];
  /** To find the one of a buffer that is sent from again. */
  private readonly _known = new WeakMap<ArrayBufferLike, SentBuffer>();
  private _buffer: ArrayBufferLike | undefined;
  private _current: SentBuffer = { buffer: new WeakRef(new ArrayBuffer(0)), events: 0 };
  private _copied = 0;
  private _lookAt = LOOK_EVERY;

  /** Events of which nothing is known, since they were copied: text, and payloads of up to 128 bytes. */
  get copied(): number {
    return this._copied;
  }

  add(payload: string | Uint8Array): void {
    if (typeof payload === 'string' || payload.length <= LARGEST_COPIED_BYTES) {
      this._copied += 1;
      return;
    }
    if (payload.buffer !== this._buffer) this._turnTo(payload.buffer);
    this._current.events += 1;
  }

  /**
   * The most events that are still queued, but for copied ones. It forces a garbage collection, some ten milliseconds,
   * and counts what the caller holds as queued.
   */
  async mostQueued(): Promise<number> {
    this._buffer = undefined;
    // What has left is let go of in a turn of the loop, and a weak reference holds until the end of one.
    await turn();
    await turn();
    collectGarbage();
    await turn();
    this._forgetGone();
    return this._sent.reduce((sum, { events }) => sum + events, 0);
  }

  private _turnTo(buffer: ArrayBufferLike): void {
    this._buffer = buffer;
    const known = this._known.get(buffer);
    if (known !== undefined) {
      this._current = known;
      return;
    }
    if (this._sent.length >= this._lookAt) {
      this._forgetGone();
      this._lookAt = 2 * this._sent.length + LOOK_EVERY;
    }
    this._current = { buffer: new WeakRef(buffer), events: 0 };
    this._known.set(buffer, this._current);
    this._sent.push(this._current);
  }

  private _forgetGone(): void {
    this._sent = this._sent.filter(({ buffer }) => buffer.deref() !== undefined);
  }
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  setFlagsFromString('--no-expose-gc');
}
