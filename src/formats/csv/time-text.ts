/** Microseconds below this are exact as a double, each of them. */
const EXACT_US = 2 ** 53;
const US_PER_S = 1e6;

/** Writes times in ISO 8601, to the microsecond: `2018-03-24T01:15:00.018880Z`. Times of one second mostly follow each other. */
export class TimeText {
  private _second = Number.NaN;
  private _head = '';

  /** @param us microseconds since 1970, a whole number; outside of the range of dates: Unix seconds, as a decimal */
  of(us: number): string {
    const { seconds, fraction } = Math.abs(us) < EXACT_US ? parted(us) : partedExactly(BigInt(us));
    const digits = String(fraction).padStart(6, '0');
    if (seconds !== this._second) {
      this._second = seconds;
      this._head = headOf(seconds);
    }
    return this._head === '' ? `${seconds}.${digits}` : `${this._head}.${digits}Z`;
  }
}

interface Parts {
  /** The second that a time is in. */
  readonly seconds: number;
  /** Microseconds since that second began. */
  readonly fraction: number;
}

function parted(us: number): Parts {
  const seconds = Math.floor(us / US_PER_S);
  const fraction = us - seconds * US_PER_S;
  // The quotient is rounded: it can be the second that comes next.
  return fraction < 0 ? { seconds: seconds - 1, fraction: fraction + US_PER_S } : { seconds, fraction };
}

function partedExactly(us: bigint): Parts {
  const million = BigInt(US_PER_S);
  const fraction = ((us % million) + million) % million;
  return { seconds: Number((us - fraction) / million), fraction: Number(fraction) };
}

/** Date and time of a second; empty outside of the range of dates. */
function headOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, -'.000Z'.length);
}
