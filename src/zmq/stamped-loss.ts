import { readStamp } from '../shared/send-stamp.js';
import * as text from '../shared/text.js';

/** Frames of a stamped message: topic, payload, stamp. */
const STAMPED_FRAMES = 3;

/** What is known of losses from the numbers of stamped messages. */
export interface StampedLossDocument {
  /** Number of messages with a stamp. */
  readonly stamped: number;
  /** Numbers that were left out between the first and the last one that came. What is missing before and after is not known. */
  readonly lost: number;
  /** Number of stretches of lost numbers. */
  readonly gaps: number;
  /** Messages whose number is not above that of the message before, and which were not sent after it. */
  readonly outOfOrder: number;
  /** How often the numbers began anew, as those of a publisher that was started again. What was lost between is not known. */
  readonly restarts: number;
}

/** Counts losses by the numbers of stamped messages (`--stamp frame`), if there are any. */
export class StampedLoss {
  private _stamped = 0;
  private _lost = 0;
  private _gaps = 0;
  private _outOfOrder = 0;
  private _restarts = 0;
  private _highest = 0;
  private _sentUs = 0;

  add(frames: readonly Buffer[]): void {
    const stamp = frames.length === STAMPED_FRAMES ? readStamp(frames[STAMPED_FRAMES - 1]) : undefined;
    if (stamp === undefined) return;
    const { number, sentUs } = stamp;
    const isFirst = this._stamped === 0;
    this._stamped += 1;
    if (!isFirst && number <= this._highest) {
      if (sentUs <= this._sentUs) {
        this._outOfOrder += 1;
        return;
      }
      this._restarts += 1;
    } else if (!isFirst && number > this._highest + 1) {
      this._lost += number - this._highest - 1;
      this._gaps += 1;
    }
    this._highest = number;
    this._sentUs = sentUs;
  }

  /** Undefined: no message had a stamp. */
  document(): StampedLossDocument | undefined {
    if (this._stamped === 0) return undefined;
    const {
      _stamped: stamped,
      _lost: lost,
      _gaps: gaps,
      _outOfOrder: outOfOrder,
      _restarts: restarts,
    } = this;
    return { stamped, lost, gaps, outOfOrder, restarts };
  }

  /** A line of the report; none if no message had a stamp. */
  lines(): string[] {
    if (this._stamped === 0) return [];
    const lost =
      this._lost === 0
        ? 'none'
        : `${text.counted(this._lost, 'event')} in ${text.counted(this._gaps, 'gap')}`;
    const odd = this._outOfOrder === 0 ? '' : `; ${text.count(this._outOfOrder)} out of order or doubled`;
    return [`  lost        ${lost}, between the first and the last stamped event${odd}`];
  }
}
