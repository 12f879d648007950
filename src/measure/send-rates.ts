const CELL_NS = 1e8;
/** Rates cover this number of cells and the current one: 1 to 1.1 s. */
const CELLS = 10;

/** Events and bytes sent per second. */
export interface Rates {
  readonly eventsPerS: number;
  readonly bytesPerS: number;
}

const NO_RATES: Rates = { eventsPerS: 0, bytesPerS: 0 };

/**
 * Measures the rates of about the last second, from what had been sent when each tenth of a second began. Reading them
 * changes nothing, so that rates do not depend on how often they are read.
 */
export class SendRates {
  private _originNs = Number.NaN;
  /** Number of the cell of the event sent last, from 0. */
  private _cell = 0;
  private _cellEndsNs = Number.POSITIVE_INFINITY;
  /** What had been sent when each of the last cells began; by cell number, as a ring. */
  private readonly _sent = new Float64Array(CELLS + 1);
  private readonly _bytes = new Float64Array(CELLS + 1);

  /**
   * The first event is sent now. It does not count: of events at even distances n span n - 1 of these.
   *
   * @param sizeBytes of the event
   */
  begin(nowNs: number, sizeBytes: number): void {
    this._originNs = nowNs;
    this._cellEndsNs = nowNs + CELL_NS;
    this._sent[0] = 1;
    this._bytes[0] = sizeBytes;
  }

  /** An event is sent now. @param sent, bytes what was sent before it, in all */
  reach(nowNs: number, sent: number, bytes: number): void {
    if (nowNs >= this._cellEndsNs) this._beginCell(nowNs, sent, bytes);
  }

  /**
   * The rates of about the last second; of the time since the first event if that is less; 0 in its first tenth of a second.
   *
   * @param sent, bytes what was sent so far, in all
   */
  at(nowNs: number, sent: number, bytes: number): Rates {
    const cell = this._cellAt(nowNs);
    // NaN before the first event.
    if (!(cell >= 1)) return NO_RATES;
    const first = Math.max(0, cell - CELLS);
    // Nothing was sent since the first of the cells began.
    if (first > this._cell) return NO_RATES;
    const spanS = (nowNs - this._originNs - first * CELL_NS) / 1e9;
    const slot = first % this._sent.length;
    return {
      eventsPerS: (sent - this._sent[slot]) / spanS,
      bytesPerS: (bytes - this._bytes[slot]) / spanS,
    };
  }

  private _beginCell(nowNs: number, sent: number, bytes: number): void {
    const cell = this._cellAt(nowNs);
    for (let begun = Math.max(this._cell + 1, cell - CELLS); begun <= cell; begun++) {
      const slot = begun % this._sent.length;
      this._sent[slot] = sent;
      this._bytes[slot] = bytes;
    }
    this._cell = cell;
    this._cellEndsNs = this._originNs + (cell + 1) * CELL_NS;
  }

  private _cellAt(nowNs: number): number {
    return Math.floor((nowNs - this._originNs) / CELL_NS);
  }
}
