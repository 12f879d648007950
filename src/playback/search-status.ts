/** A search that is under way: for an event, or a silence, ahead. */
export interface SearchStatus {
  /** What is searched for: a topic or a pattern, or `a silence`. */
  readonly what: string;
  /** Seconds since it began. */
  readonly elapsedS: number;
  /** Share of what is ahead that has been searched: 0 to 1; NaN: not known. */
  readonly share: number;
}
