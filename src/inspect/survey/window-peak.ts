/** The most that came within a window of time. */
export interface Peak {
  /** Width of the window in seconds. */
  readonly windowS: number;
  readonly events: number;
  /** Recorded time of the first event in that window, in Unix seconds; NaN where no event has a time. */
  readonly eventsAtS: number;
  readonly bytes: number;
  readonly bytesAtS: number;
  /** False where the window held more moments than are kept apart: the true peak may be lower then. */
  readonly isExact: boolean;
}

/** Times are recorded to the microsecond: what lies less than half of one below the width does not by their doubles alone. */
const TOLERANCE_S = 0.5e-6;
const FIRST_CAPACITY = 1 << 10;
/** More moments than this are joined in pairs: 6 MiB. */
const MOST_MOMENTS = 1 << 18;

/** Finds the most events and bytes within any window of time, over events in ascending order of time. */
export class WindowPeak {
  private readonly _windowS: number;
  private readonly _reachS: number;
  private readonly _mostMoments: number;
  // A ring of moments: several events of one time are one. Its length is a power of two.
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
   * @param windowS in recorded time: two events are in one window where they lie less than this apart, to the microsecond
   * @param mostMoments how many moments of a window are kept apart: a power of two
   */
  constructor(windowS: number, mostMoments = MOST_MOMENTS) {
    this._windowS = windowS;
    this._reachS = windowS - TOLERANCE_S;
    this._mostMoments = mostMoments;
  }

  /**
   * @param timeS not before that of the call before
   * @param events how many come at that moment, and their size in bytes
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

  /** Two moments become one at the time of the later: it leaves the window late, so that no peak is missed. */
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
