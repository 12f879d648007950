/** Rows of the event table, by their ids; both ends are included. */
export interface RowRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** Which events to read, in which order: a range of row ids in the order of the table, or a list of them. */
export type Rows =
  | { readonly first: bigint; readonly last: bigint }
  | { readonly list: BigInt64Array<ArrayBuffer> };
