/**
 * The pages of a database do not add up, or are not of a form that is read here. What was read since the last chunk is discarded,
 * and SQLite reads all that follows: if the database is damaged, SQLite reports it.
 */
export class PageFault extends Error {
  override readonly name = 'PageFault';
}
