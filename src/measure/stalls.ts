/**
 * What delayed an event that was due:
 *
 * - `readAhead`: the event had not been read and decoded yet
 * - `eventLoop`: a wait, or a turn of the event loop, ended too late: something else ran on the main thread, such as garbage
 *   collection, or the machine gave the process no time
 * - `send`: a subscriber had no room for it, or there was no wait after the event before: the process was stopped
 */
export type StallCause = 'readAhead' | 'eventLoop' | 'send';

/** What each cause is called where a person reads it. */
export const STALL_CAUSES: Readonly<Record<StallCause, string>> = {
  readAhead: 'read-ahead ran dry',
  eventLoop: 'event loop held',
  send: 'sending held',
};

/** Stalls of one cause. */
export interface StallTotals {
  readonly count: number;
  readonly totalS: number;
  readonly longestS: number;
}

/** One stall. */
export interface Stall {
  readonly cause: StallCause;
  readonly durationS: number;
  /** Beginning of the stall, in seconds since the first event was sent. */
  readonly atS: number;
  /** Recorded time of the event that was delayed, in Unix seconds; NaN: not known. */
  readonly recordedS: number;
}

/** The times in which an event was overdue for more than a millisecond, by cause. */
export interface StallSummary extends Readonly<Record<StallCause, StallTotals>> {
  /** The longest stall; undefined if there was none. */
  readonly longest: Stall | undefined;
}

/** Shorter delays do not count as stalls. */
export const SHORTEST_STALL_NS = 1e6;

/**
 * Finds the times in which an event was overdue, and their causes.
 *
 * An event is delayed from when it was due, or from when the event before it was reached if that is later, until it is reached
 * itself. So the time of a stall counts once, not for each event that it made late. Flat out an event is due when it is sent:
 * there only the time until the next events were read counts, and the time until subscribers had room.
 */
export class Stalls {
  private readonly _byCause = { readAhead: none(), eventLoop: none(), send: none() };
  private _longest: Stall | undefined;
  private _firstNs = Number.NaN;
  private _lastNs = Number.POSITIVE_INFINITY;
  /** When further events had been read, since the last event was reached; NaN: none were read. */
  private _readNs = Number.NaN;
  private _hasWaited = false;
  private _wasBlocked = false;
  private _isAnew = true;
  /** Whether events are due when they are sent, so that only reading counts. */
  isFlatOut: boolean;

  constructor(isFlatOut: boolean) {
    this.isFlatOut = isFlatOut;
  }

  /** The next events have been read, whether the replay waited for them or not. */
  read(nowNs: number): void {
    if (this._isAnew) this._lastNs = nowNs;
    else this._readNs = nowNs;
  }

  /** The replay has waited for a moment, or let the event loop turn. */
  waited(): void {
    this._hasWaited = true;
  }

  /** The replay has waited until subscribers had room for the event. */
  blocked(): void {
    this._wasBlocked = true;
  }

  /** Begins anew after a change of the plan: earlier times, and the reading that follows, are no stalls. */
  restart(nowNs: number): void {
    this._lastNs = nowNs;
    this._readNs = Number.NaN;
    this._hasWaited = false;
    this._wasBlocked = false;
    this._isAnew = true;
  }

  /**
   * An event is reached, to be sent or dropped.
   *
   * @param nowNs the steady clock, after all waiting
   * @param dueNs when it was due, on the steady clock
   * @param recordedS its recorded time, in Unix seconds
   */
  reach(nowNs: number, dueNs: number, recordedS: number): void {
    const lastNs = this._lastNs;
    const fromNs = dueNs > lastNs && !this.isFlatOut ? dueNs : lastNs;
    if (nowNs - fromNs > SHORTEST_STALL_NS) this._judge(fromNs, nowNs, recordedS);
    if (this._isAnew) this._begin(nowNs);
    this._lastNs = nowNs;
    this._readNs = Number.NaN;
    this._hasWaited = false;
    this._wasBlocked = false;
  }

  summary(): StallSummary {
    const { readAhead, eventLoop, send } = this._byCause;
    return {
      readAhead: { ...readAhead },
      eventLoop: { ...eventLoop },
      send: { ...send },
      longest: this._longest,
    };
  }

  private _begin(nowNs: number): void {
    this._isAnew = false;
    if (Number.isNaN(this._firstNs)) this._firstNs = nowNs;
  }

  /** Counts the time until the events were read, and the time after it, as separate stalls. */
  private _judge(fromNs: number, nowNs: number, recordedS: number): void {
    const readNs = this._readNs > fromNs ? this._readNs : fromNs;
    this._count('readAhead', fromNs, readNs, recordedS);
    const cause = this._hasWaited && !this._wasBlocked ? 'eventLoop' : 'send';
    if (!this.isFlatOut || this._wasBlocked) this._count(cause, readNs, nowNs, recordedS);
  }

  private _count(cause: StallCause, fromNs: number, toNs: number, recordedS: number): void {
    if (toNs - fromNs <= SHORTEST_STALL_NS) return;
    const durationS = (toNs - fromNs) / 1e9;
    const totals = this._byCause[cause];
    totals.count += 1;
    totals.totalS += durationS;
    totals.longestS = Math.max(totals.longestS, durationS);
    if (durationS <= (this._longest?.durationS ?? 0)) return;
    const atS = Number.isNaN(this._firstNs) ? 0 : (fromNs - this._firstNs) / 1e9;
    this._longest = { cause, durationS, atS, recordedS };
  }
}

function none(): { count: number; totalS: number; longestS: number } {
  return { count: 0, totalS: 0, longestS: 0 };
}
