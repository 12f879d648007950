import type { Connection, Statement } from '../connection.js';

/** Digits that a double always keeps: a number that has no more is written with these by everybody. */
const EXACT_DIGITS = 15;
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
    if (whole !== undefined && whole.length + fraction.length <= EXACT_DIGITS && !Object.is(value, -0)) {
      return fraction === '' ? `${text}.0` : text;
    }
    return this._quote.get(value) as string;
  }
}
