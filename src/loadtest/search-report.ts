import type { BurstSearchResult, SearchRuns, SweepResult } from './search/search-result.js';

/** What a load test that searches has found. Each is null where it was not asked for. */
export interface SearchReport {
  /** The highest load that holds: one result a run. */
  readonly highest: SearchRuns | null;
  readonly burst: BurstSearchResult | null;
  readonly sweep: SweepResult | null;
  /**
   * How long the subscribers took to catch up after 10 s at 110 % of the load found, in seconds (RFC 2544, 26.5); Infinity:
   * they did not in the time to drain. Null: not measured.
   */
  readonly recoveryS: number | null;
}
