/** A question for the time, in microseconds since 1970. */
export interface ClockExchange {
  /** By the clock of the one that asks. */
  readonly sentUs: number;
  readonly arrivedUs: number;
  /** By the clock that was asked for. */
  readonly receivedUs: number;
  readonly answeredUs: number;
}

/** How far a clock is behind another one. */
export interface ClockEstimate {
  readonly offsetUs: number;
  readonly errorUs: number;
}

/** Clocks of machines that nothing sets drift apart by less than this. */
const DRIFT = 50e-6;
const REMEMBERED = 120;

/**
 * Measures how far this machine's clock is behind another one, as NTP does: half of what an exchange took is the error. That grows
 * with time, since clocks drift: a later exchange counts as soon as its error is smaller.
 */
export class ClockOffset {
  private readonly _exchanges: (ClockEstimate & { readonly atUs: number })[] = [];

  add({ sentUs, arrivedUs, receivedUs, answeredUs }: ClockExchange): void {
    const offsetUs = (receivedUs - sentUs + answeredUs - arrivedUs) / 2;
    const errorUs = Math.max(0, arrivedUs - sentUs - (answeredUs - receivedUs)) / 2;
    this._exchanges.push({ offsetUs, errorUs, atUs: arrivedUs });
    if (this._exchanges.length > REMEMBERED) this._exchanges.shift();
  }

  /** Undefined: there was no exchange. @param nowUs by this machine's clock */
  at(nowUs: number): ClockEstimate | undefined {
    let best: ClockEstimate | undefined;
    for (const { offsetUs, errorUs, atUs } of this._exchanges) {
      const grownUs = errorUs + DRIFT * Math.max(0, nowUs - atUs);
      if (best === undefined || grownUs < best.errorUs) best = { offsetUs, errorUs: grownUs };
    }
    return best;
  }
}
