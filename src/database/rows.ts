/** Rows of a table, by their ids; both ends are included. */
export interface RowRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** Which events to read, in which order: a range of row ids in the order of the table, or a list of them. */
export type Rows = RowRange | { readonly list: BigInt64Array<ArrayBuffer> };

/**
 * Cuts a range of rows into ranges of one length, in order; the last one may be shorter.
 *
 * @param count most ranges, 1 or more
 * @param leastRows least row ids of a range, 1 or more
 */
export function cutRows({ first, last }: RowRange, count: number, leastRows = 1n): RowRange[] {
  const even = (last - first) / BigInt(count) + 1n;
  const length = even > leastRows ? even : leastRows;
  const ranges: RowRange[] = [];
  for (let from = first; from <= last; from += length) {
    const end = from + length - 1n;
    ranges.push({ first: from, last: end < last ? end : last });
  }
  return ranges;
}
