import type { ValueKind } from '../payload/payload-scanner.js';

const [POINT, LOWER_E, UPPER_E] = [0x2e, 0x65, 0x45];
/** A whole number with at most this many characters is exact as a double. */
const SURELY_EXACT = 15;
/** A number without an exponent and with at most this many characters is finite as a double. */
const SURELY_FINITE = 300;

/** What the values of a key have been. */
export interface KeyTypes {
  readonly key: string;
  /** The kinds that occurred, but for `null`. */
  readonly kinds: ReadonlySet<ValueKind>;
  /** Whether all of its numbers are written as whole ones. */
  readonly isWhole: boolean;
  /** Whether each of its numbers has a double that is near, and that is equal where it is whole: see `isDouble`. */
  readonly isDouble: boolean;
}

/** Notes what the values of a key are. */
export class SeenTypes implements KeyTypes {
  readonly key: string;
  readonly kinds = new Set<ValueKind>();
  isWhole = true;
  isDouble = true;
  /** The kind of the last value that was looked at. */
  private _lastKind: ValueKind | undefined;

  constructor(key: string) {
    this.key = key;
  }

  /** Looks at a value, `bytes[start..end)` in JSON. */
  see(kind: ValueKind, bytes: Buffer, start: number, end: number): void {
    if (kind === 'null') return;
    if (kind !== this._lastKind) {
      this.kinds.add(kind);
      this._lastKind = kind;
    }
    if (kind === 'number') this._seeNumber(bytes, start, end);
  }

  private _seeNumber(bytes: Buffer, start: number, end: number): void {
    let isWhole = true;
    let hasExponent = false;
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte === POINT) isWhole = false;
      else if (byte === LOWER_E || byte === UPPER_E) hasExponent = true;
    }
    isWhole &&= !hasExponent;
    this.isWhole &&= isWhole;
    if (end - start <= SURELY_EXACT && !hasExponent) return;
    const isSurelyDouble = !isWhole && !hasExponent && end - start <= SURELY_FINITE;
    if (this.isDouble && !isSurelyDouble)
      this.isDouble = isDouble(bytes.toString('latin1', start, end), isWhole);
  }
}

/** Whether a number can be given as a double: a whole one exactly, another one as the nearest double. */
function isDouble(json: string, isWhole: boolean): boolean {
  const value = Number(json);
  return Number.isFinite(value) && (!isWhole || Number.isSafeInteger(value));
}
