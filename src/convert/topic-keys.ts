import type { PayloadScanner } from '../payload/payload-scanner.js';

/** A key of a topic's events. @typeParam T what is kept for it */
export interface KeyEntry<T> {
  readonly key: string;
  /** As it stands in a payload, in quotes. */
  readonly json: Uint8Array;
  readonly value: T;
  /** The key that followed it last. */
  next: KeyEntry<T> | undefined;
}

/**
 * The keys of a topic's events, in the order of their first occurrence, each with something of the caller's. Events of a topic nearly
 * always have the same keys in the same order: a key is first compared with the one that followed the last time.
 */
export class TopicKeys<T> {
  private readonly _make: (key: string, index: number) => T;
  private _entries = new Map<string, KeyEntry<T>>();
  private _first: KeyEntry<T> | undefined;

  /** @param make gives what is kept for a key; called at its first occurrence, with the number of keys before */
  constructor(make: (key: string, index: number) => T) {
    this._make = make;
  }

  get size(): number {
    return this._entries.size;
  }

  /** What is kept, in the order of the keys' first occurrence. */
  values(): T[] {
    return [...this._entries.values()].map(({ value }) => value);
  }

  /**
   * The key of a member.
   *
   * @param bytes that were scanned
   * @param before the key of the member before it; undefined for the first
   */
  at(
    scanner: PayloadScanner,
    bytes: Uint8Array,
    index: number,
    before: KeyEntry<T> | undefined,
  ): KeyEntry<T> {
    const expected = before === undefined ? this._first : before.next;
    if (expected !== undefined && isAt(bytes, scanner.keyAt(index), scanner.keyEnd(index), expected.json))
      return expected;
    const entry = this._find(scanner, bytes, index);
    if (before === undefined) this._first = entry;
    else before.next = entry;
    return entry;
  }

  private _find(scanner: PayloadScanner, bytes: Uint8Array, index: number): KeyEntry<T> {
    const key = scanner.key(index);
    let entry = this._entries.get(key);
    if (entry === undefined) {
      // A copy: a view would keep the whole batch.
      const json = new Uint8Array(bytes.subarray(scanner.keyAt(index), scanner.keyEnd(index)));
      entry = { key, json, value: this._make(key, this._entries.size), next: undefined };
      this._entries.set(key, entry);
    }
    return entry;
  }
}

function isAt(bytes: Uint8Array, start: number, end: number, expected: Uint8Array): boolean {
  if (end - start !== expected.length) return false;
  for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false;
  return true;
}
