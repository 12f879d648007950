import type { PayloadFormat } from '../batch/batch.js';
import { POINT, ZERO } from './json-bytes.js';

/**
 * Width of a time in a payload. Being fixed, a time can be written in place:
 *
 * - JSON: Unix seconds as ten digits, a point and six digits, `1521854100.250000`: a number in any JSON parser,
 *   exact to the microsecond, which is about what a double can tell apart at that magnitude (2.4e-7 s).
 * - MessagePack: 0xCB and a big-endian float64.
 *
 * A time outside 2001-09-09 … 2286-11-20 does not have ten digits in JSON: its payload must be built again around
 * `jsonTime`.
 */
export const SLOT_BYTES: Readonly<Record<PayloadFormat, number>> = { json: 17, msgpack: 9 };

/** The first byte of a float64 in MessagePack. */
export const FLOAT64 = 0xcb;

const SMALLEST_S = 1e9;
const LARGEST_S = 1e10;

const THREE_DIGITS = new Uint8Array(3000);
for (let i = 0; i < 1000; i++) {
  THREE_DIGITS.set([ZERO + Math.floor(i / 100), ZERO + (Math.floor(i / 10) % 10), ZERO + (i % 10)], 3 * i);
}

/** Writes times into the slots of payloads. It caches the digits of the last whole second, which seldom change. */
export class TimeWriter {
  private readonly _secondDigits = new Uint8Array(10);
  private _secondS = SMALLEST_S;

  constructor() {
    // The cached second must always fit: `writeJson` does not check it again.
    this._setSecond(SMALLEST_S);
  }

  /**
   * Writes a time in its JSON form to `bytes[at .. at + 17)`.
   *
   * @param unixUs microseconds since 1970, a whole number
   * @returns false, with nothing written, if the time does not have ten digits before the point
   */
  writeJson(bytes: Uint8Array, at: number, unixUs: number): boolean {
    const second = Math.floor(unixUs / 1e6);
    if (second !== this._secondS) {
      if (!(second >= SMALLEST_S && second < LARGEST_S)) return false;
      this._setSecond(second);
    }
    const digits = this._secondDigits;
    for (let i = 0; i < 10; i++) bytes[at + i] = digits[i];
    bytes[at + 10] = POINT;
    const micros = unixUs - second * 1e6;
    const high = 3 * ((micros / 1000) | 0);
    const low = 3 * ((micros % 1000) | 0);
    bytes[at + 11] = THREE_DIGITS[high];
    bytes[at + 12] = THREE_DIGITS[high + 1];
    bytes[at + 13] = THREE_DIGITS[high + 2];
    bytes[at + 14] = THREE_DIGITS[low];
    bytes[at + 15] = THREE_DIGITS[low + 1];
    bytes[at + 16] = THREE_DIGITS[low + 2];
    return true;
  }

  /** Writes a time in its MessagePack form to `bytes[at .. at + 9)`. Any time fits. */
  writeMsgpack(bytes: Buffer, at: number, unixUs: number): void {
    bytes[at] = FLOAT64;
    bytes.writeDoubleBE(unixUs / 1e6, at + 1);
  }

  private _setSecond(second: number): void {
    this._secondS = second;
    for (let i = 9, rest = second; i >= 0; i--) {
      this._secondDigits[i] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
}

/** A time as a JSON number of any width, to the microsecond where a double resolves that. */
export function jsonTime(unixUs: number): string {
  return Math.abs(unixUs) < 1e18 ? (unixUs / 1e6).toFixed(6) : JSON.stringify(unixUs / 1e6);
}
