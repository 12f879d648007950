/**
 * Rows of an attribute table without an index over which the ids of events ascend, so that the rows of each event follow each
 * other. Plain data.
 */
export interface AscendingRows {
  /** Row ids of the first and the last row. Rows that are added later are not among them. */
  readonly first: number;
  readonly last: number;
  /** Whether all of them were looked at; otherwise some were, all over the table. */
  readonly isProved: boolean;
}
