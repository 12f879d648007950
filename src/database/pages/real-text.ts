import type { Connection, Statement } from '../connection.js';

/**
 * Digits with which SQLite always writes the text that JavaScript writes. Of 14 or 15 digits it writes 17 at times, such as
 * `86391818.543087006`, though these would do.
 */
const ALIKE_DIGITS = 13;
/** Smaller numbers SQLite writes with an exponent, `3.1e-05`, and JavaScript without. */
const SMALLEST_PLAIN = 1e-4;
const PLAIN_NUMBER = /^-?(\d+)(?:\.(\d+))?$/;

/** Writes REALs as SQLite's JSON does. */
export class RealText {
  private readonly _quote: Statement;

  constructor(connection: Connection) {
    this._quote = connection.prepare('SELECT json_quote(CAST(? AS REAL))').pluck();
  }

  /** @returns JSON in ASCII: a number, which has a point; for an infinite one `9.0e+999` */
  of(value: number): string {
    const text = String(value);
    const [, whole, fraction = ''] = PLAIN_NUMBER.exec(text) ?? [];
    const isAlike =
      whole !== undefined &&
      whole.length + fraction.length <= ALIKE_DIGITS &&
      (Math.abs(value) >= SMALLEST_PLAIN || Object.is(value, 0));
    if (isAlike) return fraction === '' ? `${text}.0` : text;
    return this._quote.get(value) as string;
  }
}
