/** A byte string that occurs many times: a key of attributes, or a topic. */
export interface Interned {
  /** Consecutive from 0, in order of first occurrence. */
  readonly id: number;
  /** The bytes as in the source. */
  readonly bytes: Uint8Array;
}

/**
 * Maps each distinct byte string to one object, without making a string of it. A hash table with open addressing,
 * a power of two in size; the hash is FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/).
 */
export class Interner<T extends Interned> {
  private readonly _create: (bytes: Uint8Array, id: number) => T;
  private _slots: (T | undefined)[] = new Array(256);
  private _count = 0;

  /** @param create makes the object of a byte string on its first occurrence; it owns `bytes` */
  constructor(create: (bytes: Uint8Array, id: number) => T) {
    this._create = create;
  }

  /** Number of distinct byte strings so far. */
  get size(): number {
    return this._count;
  }

  /** The object of `source[start..end)`. `source` is neither changed nor kept. */
  intern(source: Uint8Array, start: number, end: number): T {
    const mask = this._slots.length - 1;
    for (let slot = hash(source, start, end) & mask; ; slot = (slot + 1) & mask) {
      const found = this._slots[slot];
      // Uint8Array's constructor copies. slice() would not for a Buffer, and would keep the whole source alive.
      if (found === undefined) return this._add(new Uint8Array(source.subarray(start, end)), slot);
      if (isEqual(found.bytes, source, start, end)) return found;
    }
  }

  private _add(bytes: Uint8Array, slot: number): T {
    const added = this._create(bytes, this._count);
    this._slots[slot] = added;
    this._count += 1;
    if (this._count * 2 > this._slots.length) this._grow();
    return added;
  }

  private _grow(): void {
    const old = this._slots;
    this._slots = new Array(old.length * 2);
    const mask = this._slots.length - 1;
    for (const entry of old) {
      if (entry === undefined) continue;
      let slot = hash(entry.bytes, 0, entry.bytes.length) & mask;
      while (this._slots[slot] !== undefined) slot = (slot + 1) & mask;
      this._slots[slot] = entry;
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
