/** A value of an index, or of a column of ids: an integer, or a text in UTF-8. */
export type IndexKey = number | Uint8Array;

/** Compares keys of the same kind, texts by their bytes. @returns less than 0 where the first one is smaller */
export function compareKeys(a: IndexKey, b: IndexKey): number {
  return typeof a === 'number' ? a - (b as number) : Buffer.compare(a, b as Uint8Array);
}
