import type { SearchProgress } from './search-result.js';

/** How a search is followed and ended. */
export interface SearchCourse {
  /** Seconds since it began. */
  readonly elapsedS: () => number;
  /** Called before each trial. Default: nothing. */
  readonly onProgress?: (progress: SearchProgress) => void;
  /** Ends the search; the trial that runs then does not count. Default: it ends by itself. */
  readonly signal?: AbortSignal;
}
