/**
 * What held up an event that was due:
 *
 * - `readAhead`: the events that follow had not been read and decoded
 * - `eventLoop`: a wait, or a turn of the event loop, ended too late: something else ran on the main thread, garbage
 *   collection for one, or the machine gave the process no time
 * - `send`: no wait was between it and the event before: sending was blocked, or the process was held
 */
export type StallCause = 'readAhead' | 'eventLoop' | 'send';

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
  /** When it began, in seconds since the first event was sent. */
  readonly atS: number;
  /** Recorded time of the event that it held up, in Unix seconds; NaN: none is known. */
  readonly recordedS: number;
}

/** The times in which an event was overdue for more than a millisecond, by what held it up. */
export interface StallSummary extends Readonly<Record<StallCause, StallTotals>> {
  /** The longest of all; undefined where there was none. */
  readonly longest: Stall | undefined;
}

/** What is held for no longer is no stall. */
export const SHORTEST_STALL_NS = 1e6;

/**
 * Finds out in which times an event was overdue, and why.
 *
 * An event is held from when it was due, or from when the event before it was looked at, whichever is later, until it
 * is looked at itself: so that the time of a stall counts once, and not for each event that it made late. Flat out an event
 * is due when it is sent: there only the time until the next events were read counts.
 */
export class Stalls {
  private readonly _byCause = { readAhead: none(), eventLoop: none(), send: none() };
  private _longest: Stall | undefined;
  private _firstNs = Number.NaN;
  private _lastNs = Number.POSITIVE_INFINITY;
  /** When events were there that had been waited for since the last one; 0: none were waited for. */
  private _readNs = 0;
  private _hasWaited = false;
  private _isAnew = true;
  /** Whether events are due when they are sent. */
  isFlatOut: boolean;

  constructor(isFlatOut: boolean) {
    this.isFlatOut = isFlatOut;
  }

  /** The next events are there, whether they were waited for or not. */
  read(nowNs: number): void {
    if (this._isAnew) this._lastNs = nowNs;
    else this._readNs = nowNs;
  }

  /** A moment was waited for, or the event loop was let turn. */
  waited(): void {
    this._hasWaited = true;
  }

  /** What was before does not hold up what comes: the plan is a new one. Reading that this takes is no stall. */
  restart(nowNs: number): void {
    this._lastNs = nowNs;
    this._readNs = 0;
    this._hasWaited = false;
    this._isAnew = true;
  }

  /**
   * An event is looked at, to be sent or given up.
   *
   * @param nowNs the steady clock, after all waiting
   * @param dueNs when it was due
   * @param recordedS its recorded time, in Unix seconds
   */
  reach(nowNs: number, dueNs: number, recordedS: number): void {
    const lastNs = this._lastNs;
    const fromNs = dueNs > lastNs && !this.isFlatOut ? dueNs : lastNs;
    if (nowNs - fromNs > SHORTEST_STALL_NS) this._judge(fromNs, nowNs, recordedS);
    if (this._isAnew) this._begin(nowNs);
    this._lastNs = nowNs;
    this._readNs = 0;
    this._hasWaited = false;
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

  /** What passed until the events were there, and what passed then, are stalls of their own. */
  private _judge(fromNs: number, nowNs: number, recordedS: number): void {
    const readNs = Math.max(fromNs, this._readNs);
    this._count('readAhead', fromNs, readNs, recordedS);
    if (!this.isFlatOut) this._count(this._hasWaited ? 'eventLoop' : 'send', readNs, nowNs, recordedS);
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
