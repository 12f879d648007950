/**
 * Pages of a database are not as they should be, or not as this program reads them. What was read since the last chunk is
 * discarded, and SQLite reads these rows instead: if the database is damaged, SQLite reports it.
 */
export class PageFault extends Error {
  override readonly name = 'PageFault';
}
