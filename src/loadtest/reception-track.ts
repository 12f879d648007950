import type { SentLog } from './sent-log.js';

/** What a subscriber that numbers events by their wire times has counted so far. */
export interface Reception {
  readonly received: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** Lowest and highest wire time, in microseconds since 1970; null: no event has come. */
  readonly firstWireUs: number | null;
  readonly lastWireUs: number | null;
}

/** How a subscriber stands. */
export interface Standing {
  /** Events of its topics that were sent since it was there. */
  readonly wanted: number;
  /** Events received, each once. */
  readonly received: number;
  /** Events sent before the last one received, and not received. */
  readonly lost: number;
  /** Events of its topics that were sent after the last one received: on their way, or lost at the end. */
  readonly lag: number;
  /** How long ago the last event received was due, where there is a lag; in seconds. */
  readonly lagS: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** Whether the numbers are exact: false where it was behind by more than is remembered. */
  readonly isExact: boolean;
}

/** Holds what a subscriber has counted against what was sent. */
export class ReceptionTrack {
  private readonly _log: SentLog;
  private readonly _isWanted: ((topic: string) => boolean) | undefined;
  private readonly _wantedIds: boolean[] = [];
  /** Up to where the wanted events are counted. */
  private readonly _reached = { place: 0, wanted: 0 };
  private readonly _sent = { place: 0, wanted: 0 };
  private _isBegun: boolean;
  private _hasLeft = false;
  private _isExact = true;
  private _standing: Standing;

  /**
   * @param isWanted whether a topic is one of its own; undefined: all are
   * @param isFromStart false: it counts from the first event that it receives, as it joins later
   */
  constructor(log: SentLog, isWanted: ((topic: string) => boolean) | undefined, isFromStart: boolean) {
    this._log = log;
    this._isWanted = isWanted;
    this._isBegun = isFromStart;
    this._standing = {
      ...{ wanted: 0, received: 0, lost: 0, lag: 0, lagS: 0, duplicated: 0, reordered: 0, isExact: true },
    };
  }

  get standing(): Standing {
    return this._standing;
  }

  /** It has left: what it was sent after the last event that it received was still on its way, and does not count. */
  leave(): void {
    this._hasLeft = true;
  }

  /** @param nowUs of the reception, in microseconds since 1970: what is due later is no lag */
  update(reception: Reception, nowUs: number): Standing {
    const { firstWireUs, lastWireUs, duplicated, reordered } = reception;
    const received = reception.received - duplicated;
    if (!this._isBegun && firstWireUs !== null) this._begin(firstWireUs);
    if (this._isBegun) {
      if (!this._hasLeft) this._advance(this._sent, this._log.countSentUpTo(nowUs) ?? this._log.count);
      if (lastWireUs !== null) this._reach(lastWireUs);
    }
    const wanted = this._hasLeft ? this._reached.wanted : Math.max(this._sent.wanted, this._reached.wanted);
    // Without an order, events may have been received beyond the place that the last wire time tells.
    const reached = this._log.isOrdered ? this._reached.wanted : Math.max(this._reached.wanted, received);
    const lag = Math.max(0, wanted - reached);
    this._standing = {
      ...{ wanted, received, lag, duplicated, reordered, isExact: this._isExact },
      lost: Math.max(0, this._reached.wanted - received),
      lagS: lag === 0 ? 0 : lastWireUs === null ? Number.NaN : Math.max(0, (nowUs - lastWireUs) / 1e6),
    };
    return this._standing;
  }

  private _begin(firstWireUs: number): void {
    const found = this._log.placeOf(firstWireUs);
    this._isBegun = true;
    if (found === undefined) this._isExact = false;
    const place = found ?? this._log.firstPlace;
    this._sent.place = place;
    this._reached.place = place;
  }

  private _reach(lastWireUs: number): void {
    const place = this._log.countUpTo(lastWireUs);
    if (place === undefined) this._isExact = false;
    else this._advance(this._reached, place);
  }

  private _advance(cursor: { place: number; wanted: number }, to: number): void {
    if (to <= cursor.place) return;
    if (this._isWanted === undefined) {
      cursor.wanted += to - cursor.place;
      cursor.place = to;
      return;
    }
    if (cursor.place < this._log.firstPlace) {
      this._isExact = false;
      cursor.place = this._log.firstPlace;
    }
    for (; cursor.place < to; cursor.place++)
      if (this._wants(this._log.topicIdAt(cursor.place))) cursor.wanted += 1;
  }

  private _wants(topicId: number): boolean {
    this._wantedIds[topicId] ??= this._isWanted?.(this._log.topics[topicId] ?? '') ?? true;
    return this._wantedIds[topicId];
  }
}
