export const RECORD_BYTES = 24;
const WORDS = 6;

/**
 * Records of a fixed size, in memory as in files: a key (f64), a row id (i64) and one more number (f64), in the byte order
 * of the machine, which is little-endian on all desktops and servers that Node runs on.
 */
export class Records {
  readonly capacity: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly _doubles: Float64Array;
  private readonly _longs: BigInt64Array;
  private readonly _words: Uint32Array;

  /** @param buffer holds the records; its size is a multiple of `RECORD_BYTES` */
  constructor(buffer: ArrayBuffer) {
    this.capacity = buffer.byteLength / RECORD_BYTES;
    this.bytes = new Uint8Array(buffer);
    this._doubles = new Float64Array(buffer);
    this._longs = new BigInt64Array(buffer);
    this._words = new Uint32Array(buffer);
  }

  static of(capacity: number): Records {
    return new Records(new ArrayBuffer(capacity * RECORD_BYTES));
  }

  keyOf(index: number): number {
    return this._doubles[3 * index];
  }

  rowOf(index: number): bigint {
    return this._longs[3 * index + 1];
  }

  numberOf(index: number): number {
    return this._doubles[3 * index + 2];
  }

  set(index: number, key: number, row: bigint, number: number): void {
    this._doubles[3 * index] = key;
    this._longs[3 * index + 1] = row;
    this._doubles[3 * index + 2] = number;
  }

  /** Copies the bits of a record: copying a double may change the bits of a NaN, or of an integer that is taken for one. */
  copy(from: Records, fromIndex: number, index: number): void {
    const [source, target] = [from._words, this._words];
    const [at, to] = [WORDS * fromIndex, WORDS * index];
    for (let word = 0; word < WORDS; word++) target[to + word] = source[at + word];
  }

  /**
   * Sorts the first `count` records by their keys, none of which is NaN or -0. Equal keys keep their order.
   *
   * @returns the indices of the records in order; undefined where the records are in order already
   */
  order(count: number): Uint32Array | undefined {
    if (this._isSorted(count)) return undefined;
    return this._orderOfFew(count) ?? this._radixOrder(count);
  }

  /** Sorts by insertion, as long as records are near their places. @returns undefined where they are not */
  private _orderOfFew(count: number): Uint32Array | undefined {
    const order = new Uint32Array(count);
    let steps = INSERTION_STEPS_A_RECORD * count;
    for (let i = 0; i < count; i++) {
      const key = this.keyOf(i);
      let at = i;
      while (at > 0 && this.keyOf(order[at - 1]) > key) {
        order[at] = order[at - 1];
        at -= 1;
      }
      order[at] = i;
      steps -= i - at;
      if (steps < 0) return undefined;
    }
    return order;
  }

  /** Sorts by the lowest digit first, each time keeping the order of equal digits. */
  private _radixOrder(count: number): Uint32Array {
    let from = new Uint32Array(count);
    for (let i = 0; i < count; i++) from[i] = i;
    let to = new Uint32Array(count);
    for (let digit = 0; digit < 4; digit++) {
      const digits = this._digits(count, digit);
      const ends = new Uint32Array(DIGITS);
      for (let i = 0; i < count; i++) ends[digits[i]] += 1;
      if (ends[digits[0]] === count) continue;
      for (let value = 0, sum = 0; value < DIGITS; value++) {
        sum += ends[value];
        ends[value] = sum - ends[value];
      }
      for (let i = 0; i < count; i++) to[ends[digits[from[i]]]++] = from[i];
      [from, to] = [to, from];
    }
    return from;
  }

  private _isSorted(count: number): boolean {
    for (let i = 1; i < count; i++) if (this.keyOf(i) < this.keyOf(i - 1)) return false;
    return true;
  }

  /** 16 bits of each key, the lowest for digit 0, in a form whose bits sort as the numbers do. */
  private _digits(count: number, digit: number): Uint16Array {
    const digits = new Uint16Array(count);
    const words = this._words;
    const shift = (digit & 1) * 16;
    for (let i = 0; i < count; i++) {
      const high = words[WORDS * i + 1];
      const word = digit < 2 ? words[WORDS * i] : high;
      // A negative number sorts by the complement of its bits; other numbers get the sign bit, to come after them.
      const sorting = high >>> 31 === 1 ? ~word : digit < 2 ? word : word ^ 0x8000_0000;
      digits[i] = sorting >>> shift;
    }
    return digits;
  }
}

const DIGITS = 1 << 16;
/** With so many steps an insertion takes as long as the other way of sorting. */
const INSERTION_STEPS_A_RECORD = 4;
