/**
 * Order in which the events of a recording are played: `none`, that of the event table, or by one of their times.
 *
 * It stands apart from `order.ts` since the package exports it: types of the package must not reach better-sqlite3's.
 */
export type SortBy = 'none' | '__data_time' | '__wire_time';

/** Times by which rows can be sorted. */
export type TimeSort = Exclude<SortBy, 'none'>;
