/** A row is of a kind that is not read from pages. SQLite reads it, and nothing is wrong with it. */
export class OddRow extends Error {
  override readonly name = 'OddRow';
}
