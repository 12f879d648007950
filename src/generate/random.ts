/**
 * A seeded random generator: the same seed and stream give the same numbers on every machine.
 *
 * The generator is sfc32 of Chris Doty-Humphrey's PractRand 0.94 (public domain, https://pracrand.sourceforge.net).
 * It passes PractRand's tests, and needs only 32-bit additions and shifts, which are fast in V8. The finalizer of
 * MurmurHash3 (Austin Appleby, public domain) over a Weyl sequence fills its state, as splitmix32 does.
 */
export class Random {
  private _a: number;
  private _b: number;
  private _c: number;
  private _counter = 1;
  private _spareNormal = Number.NaN;

  /**
   * @param seed whole number from 0 to 2^53 - 1
   * @param stream name of the consumer: each has numbers of its own, so that adding one does not change the others'
   */
  constructor(seed: number, stream: string) {
    let weyl = hash(stream) ^ mix(seed | 0) ^ mix(Math.floor(seed / 2 ** 32) + 0x632be5ab);
    const next = (): number => {
      weyl = (weyl + 0x9e3779b9) | 0;
      return mix(weyl);
    };
    this._a = next();
    this._b = next();
    this._c = next();
    // The author advises to drop the first outputs, which still resemble the seed.
    for (let round = 0; round < 12; round++) this.bits();
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    const bits = (((this._a + this._b) | 0) + this._counter) | 0;
    this._counter = (this._counter + 1) | 0;
    this._a = this._b ^ (this._b >>> 9);
    this._b = (this._c + (this._c << 3)) | 0;
    this._c = (((this._c << 21) | (this._c >>> 11)) + bits) | 0;
    return bits;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return (this.bits() >>> 0) / 2 ** 32;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A uniform whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Whether an event of this probability, 0 to 1, happens. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** Exponential: the wait until something that happens once in `mean` on average. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** Standard normal, by the Box-Muller transform, which makes two at a time. */
  normal(): number {
    const spare = this._spareNormal;
    if (!Number.isNaN(spare)) {
      this._spareNormal = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this._spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

function mix(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  }
  return bits;
}
