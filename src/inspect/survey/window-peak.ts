/** The most events, and the most bytes, within any window of time. */
export interface Peak {
  /** Width of the window in seconds. */
  readonly windowS: number;
  readonly events: number;
  /** Recorded time of the first event in the window with most events, in Unix seconds; NaN where none has a time. */
  readonly eventsAtS: number;
  readonly bytes: number;
  /** Likewise for the window with the most bytes. */
  readonly bytesAtS: number;
  /** False if a window had more distinct times than are kept apart: the peak is an upper bound then. */
  readonly isExact: boolean;
}

/** Times are recorded to the microsecond: a difference this little below the width is due to rounding of doubles. */
const TOLERANCE_S = 0.5e-6;
const FIRST_CAPACITY = 1 << 10;
/** Most distinct times to keep apart, 6 MiB. If a window has more, they are joined in pairs. */
const MOST_MOMENTS = 1 << 18;

/** Finds the most events and bytes within any window of time. Events must come in ascending order of time. */
export class WindowPeak {
  private readonly _windowS: number;
  private readonly _reachS: number;
  private readonly _mostMoments: number;
  // Ring buffers of the distinct times in the window, with events and bytes of each; as long as a power of two.
  private _timesS = new Float64Array(FIRST_CAPACITY);
  private _counts = new Float64Array(FIRST_CAPACITY);
  private _sizes = new Float64Array(FIRST_CAPACITY);
  private _tail = 0;
  private _length = 0;
  private _events = 0;
  private _bytes = 0;
  private _peakEvents = 0;
  private _eventsAtS = Number.NaN;
  private _peakBytes = 0;
  private _bytesAtS = Number.NaN;
  private _isExact = true;

  /**
   * @param windowS width in recorded seconds. Two events are in one window if they are less than this apart, to the
   * microsecond.
   * @param mostMoments largest number of distinct times to keep apart; a power of two
   */
  constructor(windowS: number, mostMoments = MOST_MOMENTS) {
    this._windowS = windowS;
    this._reachS = windowS - TOLERANCE_S;
    this._mostMoments = mostMoments;
  }

  /**
   * @param timeS Unix seconds, or NaN; not less than in the previous call
   * @param events number of events at this time
   * @param sizeBytes their total size
   */
  add(timeS: number, events: number, sizeBytes: number): void {
    const mask = this._timesS.length - 1;
    while (this._length > 0 && timeS - this._timesS[this._tail] >= this._reachS) {
      this._events -= this._counts[this._tail];
      this._bytes -= this._sizes[this._tail];
      this._tail = (this._tail + 1) & mask;
      this._length -= 1;
    }
    const last = (this._tail + this._length - 1) & mask;
    if (this._length > 0 && this._timesS[last] === timeS) {
      this._counts[last] += events;
      this._sizes[last] += sizeBytes;
    } else {
      this._append(timeS, events, sizeBytes);
    }
    this._events += events;
    this._bytes += sizeBytes;
    if (this._events > this._peakEvents) {
      this._peakEvents = this._events;
      this._eventsAtS = this._timesS[this._tail];
    }
    if (this._bytes > this._peakBytes) {
      this._peakBytes = this._bytes;
      this._bytesAtS = this._timesS[this._tail];
    }
  }

  /** The peak so far. */
  get peak(): Peak {
    return {
      windowS: this._windowS,
      events: this._peakEvents,
      eventsAtS: this._eventsAtS,
      bytes: this._peakBytes,
      bytesAtS: this._bytesAtS,
      isExact: this._isExact,
    };
  }

  private _append(timeS: number, events: number, sizeBytes: number): void {
    if (this._length >= this._mostMoments) this._joinPairs();
    if (this._length === this._timesS.length) this._grow();
    const at = (this._tail + this._length) & (this._timesS.length - 1);
    this._timesS[at] = timeS;
    this._counts[at] = events;
    this._sizes[at] = sizeBytes;
    this._length += 1;
  }

  private _grow(): void {
    const capacity = this._timesS.length;
    const grown = (ring: Float64Array) => {
      const larger = new Float64Array(2 * capacity);
      larger.set(ring.subarray(this._tail));
      larger.set(ring.subarray(0, this._tail), capacity - this._tail);
      return larger;
    };
    this._timesS = grown(this._timesS);
    this._counts = grown(this._counts);
    this._sizes = grown(this._sizes);
    this._tail = 0;
  }

  /** Joins pairs of times, at the later time of each. That leaves the window late, so that no peak is missed. */
  private _joinPairs(): void {
    this._isExact = false;
    const mask = this._timesS.length - 1;
    const pairs = this._length >> 1;
    for (let pair = 0; pair < pairs; pair++) {
      const first = (this._tail + 2 * pair) & mask;
      const second = (first + 1) & mask;
      const to = (this._tail + pair) & mask;
      const events = this._counts[first] + this._counts[second];
      const bytes = this._sizes[first] + this._sizes[second];
      this._timesS[to] = this._timesS[second];
      this._counts[to] = events;
      this._sizes[to] = bytes;
    }
    if (this._length % 2 === 1) {
      const odd = (this._tail + this._length - 1) & mask;
      const to = (this._tail + pairs) & mask;
      this._timesS[to] = this._timesS[odd];
      this._counts[to] = this._counts[odd];
      this._sizes[to] = this._sizes[odd];
    }
    this._length = pairs + (this._length % 2);
  }
}
