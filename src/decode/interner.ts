/** A byte string that occurs again and again: an attribute's key, or a topic. */
export interface Interned {
  /** Consecutive from 0, in the order of first occurrence. */
  readonly id: number;
  /** The bytes as they stand in the source text. */
  readonly bytes: Uint8Array;
}

/**
 * Gives each distinct byte string one object, found again without making a string of it. Open addressing over a
 * power of two, FNV-1a as the hash (http://www.isthe.com/chongo/tech/comp/fnv/).
 */
export class Interner<T extends Interned> {
  readonly #create: (bytes: Uint8Array, id: number) => T;
  #slots: (T | undefined)[] = new Array(256);
  #count = 0;

  /** @param create makes the object of a byte string that is seen for the first time; it owns `bytes` */
  constructor(create: (bytes: Uint8Array, id: number) => T) {
    this.#create = create;
  }

  /** The number of distinct byte strings so far. */
  get size(): number {
    return this.#count;
  }

  /** The object of `source[start..end)`. `source` is read only, and not kept. */
  intern(source: Uint8Array, start: number, end: number): T {
    const mask = this.#slots.length - 1;
    for (let slot = hash(source, start, end) & mask; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot];
      if (found === undefined) return this.#add(source.slice(start, end), slot);
      if (isEqual(found.bytes, source, start, end)) return found;
    }
  }

  #add(bytes: Uint8Array, slot: number): T {
    const added = this.#create(bytes, this.#count);
    this.#slots[slot] = added;
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#grow();
    return added;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Array(old.length * 2);
    const mask = this.#slots.length - 1;
    for (const entry of old) {
      if (entry === undefined) continue;
      let slot = hash(entry.bytes, 0, entry.bytes.length) & mask;
      while (this.#slots[slot] !== undefined) slot = (slot + 1) & mask;
      this.#slots[slot] = entry;
    }
  }
}

function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5;
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i], 0x01000193);
  return h >>> 0;
}

function isEqual(known: Uint8Array, source: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== source[start + i]) return false;
  return true;
}
