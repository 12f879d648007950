/** In which order the events of a recording are played: that of the event table, or by one of their times. */
export type SortBy = 'none' | '__data_time' | '__wire_time';

/** What rows can be sorted by. */
export type TimeSort = Exclude<SortBy, 'none'>;
