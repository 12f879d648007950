import { systemClock } from '../../shared/clock.js';
import { SentLog } from '../sent-log.js';

/** Late events whose places are remembered. */
const REMEMBERED_LATE = 4096;
/** Of an event of which no wire time says yet that a subscriber has passed it. */
const NOT_YET_US = Number.POSITIVE_INFINITY;

/**
 * The messages that were sent last, where faults disorder their wire times. A subscriber tells the latest wire time that it has
 * received. So a message that comes late, or whose wire time cannot be read, is counted with the next later wire time: who has received
 * that one has received, or lost, what was sent before it. Its place is the number of messages sent before it, copies left out.
 */
export class FaultySentLog extends SentLog {
  private readonly _sentUs: Float64Array;
  private readonly _lateWireUs = new Float64Array(REMEMBERED_LATE).fill(Number.NaN);
  private readonly _latePlaces = new Float64Array(REMEMBERED_LATE);
  private _late = 0;
  /** Number of the last messages that wait for a later wire time. */
  private _unplaced = 0;
  private _latestUs = Number.NEGATIVE_INFINITY;
  private _nowUs = Number.NEGATIVE_INFINITY;

  /** @param remembered number of messages: a power of two */
  constructor(remembered?: number) {
    super(remembered);
    this._sentUs = new Float64Array(this._remembered);
  }

  override get isOrdered(): boolean {
    return false;
  }

  /** @param wireUs as subscribers read it, in microseconds since 1970; NaN: they cannot */
  override add(wireUs: number, topic: Uint8Array): void {
    const place = this.count;
    // The system's clock can be set back.
    this._nowUs = Math.max(this._nowUs, systemClock.unixUs());
    this._sentUs[place & (this._remembered - 1)] = this._nowUs;
    if (wireUs > this._latestUs) {
      this._latestUs = wireUs;
      for (let i = Math.max(place - this._unplaced, this.firstPlace); i < place; i++)
        this._wireUs[i & (this._remembered - 1)] = wireUs;
      this._unplaced = 0;
      super.add(wireUs, topic);
      return;
    }
    this._lateWireUs[this._late % REMEMBERED_LATE] = wireUs;
    this._latePlaces[this._late % REMEMBERED_LATE] = place;
    this._late += 1;
    this._unplaced += 1;
    super.add(NOT_YET_US, topic);
  }

  override countSentUpTo(unixUs: number): number | undefined {
    return this.countIn(this._sentUs, unixUs);
  }

  override placeOf(wireUs: number): number | undefined {
    const late = this._lateWireUs.indexOf(wireUs);
    return late === -1 ? super.placeOf(wireUs) : this._latePlaces[late];
  }
}
