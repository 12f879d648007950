/** Numbers that follow each other, the last one included. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** Most ranges that are kept: further numbers are counted only. */
const MOST_RANGES = 1000;

/** A list of numbers, as ranges, in the order in which they are added. Bounded: the first thousand ranges are kept, and all are counted. */
export class NumberRanges {
  private readonly _kept: { first: number; last: number }[] = [];
  private _count = 0;
  private _ranges = 0;
  private _last = Number.NaN;

  /** How many numbers there are. */
  get count(): number {
    return this._count;
  }

  /** How many ranges there are, kept or not. */
  get ranges(): number {
    return this._ranges;
  }

  /** The first thousand ranges. */
  get kept(): readonly NumberRange[] {
    return this._kept;
  }

  add(number: number): void {
    this._count += 1;
    const isNext = number === this._last + 1;
    this._last = number;
    if (!isNext) {
      this._ranges += 1;
      if (this._ranges <= MOST_RANGES) this._kept.push({ first: number, last: number });
    } else if (this._ranges <= MOST_RANGES) (this._kept.at(-1) as { last: number }).last = number;
  }
}
