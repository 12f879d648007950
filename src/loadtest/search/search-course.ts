import type { SearchProgress } from './search-result.js';

/** How a search is followed and ended. */
export interface SearchCourse<Progress = SearchProgress> {
  /** Seconds since it began. */
  readonly elapsedS: () => number;
  /** Called before each trial, or burst. Default: nothing. */
  readonly onProgress?: (progress: Progress) => void;
  /** Ends the search; the trial that runs then does not count. Default: it ends by itself. */
  readonly signal?: AbortSignal;
}
