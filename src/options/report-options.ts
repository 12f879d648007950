/** What is reported of lateness, and what counts as a failure. */
export interface ReportOptions {
  /** Report lateness by topic, too. Not with `max` speed, at which no event is late. Default false. */
  latenessByTopic?: boolean;
  /**
   * File to write lateness to, a line a second, as an interval log of HdrHistogram. An existing histogram log is
   * replaced; any other existing file is refused. Not with `max` speed. Default: none.
   */
  hlog?: string;
  /**
   * File to write a ledger to: which events were sent, for `verify`. An existing ledger is replaced; any other existing
   * file is refused. Not with `format` msgpack. Default: none.
   */
  ledger?: string;
  /**
   * Conditions under which the replay counts as failed, such as `p99>5ms`: those that hold are the outcome's `failed`.
   * docs/lateness.md describes them. Default: none.
   */
  failIf?: string | readonly string[];
}
