import { parseThresholds, refuseUnmeasured, type Threshold } from '../measure/threshold.js';
import * as expect from '../shared/expect.js';

/** What is to be told of how late events were, and what of it counts as a failure. */
export interface ReportOptions {
  /** Tell how late events were by topic, too. Not with `max` speed, where no event is late. Default false. */
  latenessByTopic?: boolean;
  /**
   * File to write how late events were to, a line a second, as an interval log of HdrHistogram. A histogram log that is
   * there is replaced; any other file is refused. Not with `max` speed. Default: none.
   */
  hlog?: string;
  /**
   * Conditions under which the replay counts as failed, such as `p99>5ms`: those that hold are the outcome's `failed`.
   * They are described in docs/lateness.md. Default: none.
   */
  failIf?: string | readonly string[];
}

/** The same after they were checked. */
export interface Report {
  readonly latenessByTopic: boolean;
  readonly hlog: string | undefined;
  readonly failIf: readonly Threshold[];
}

/**
 * Checks what is to be told.
 *
 * @param isFlatOut whether events are due when they are sent
 * @param nameOf how an option is called in errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseReport(
  options: ReportOptions,
  isFlatOut: boolean,
  nameOf: (option: keyof ReportOptions) => string = (option) => option,
): Report {
  const { latenessByTopic = false, hlog } = options;
  const failIf = parseThresholds(expect.texts(nameOf('failIf'), options.failIf ?? []), nameOf('failIf'));
  if (hlog === '') throw expect.badOption(nameOf('hlog'), 'the path of a file', hlog);
  if (isFlatOut) {
    if (latenessByTopic) throw flatOut(nameOf('latenessByTopic'), 'off', 'on');
    if (hlog !== undefined) throw flatOut(nameOf('hlog'), 'left out', hlog);
    refuseUnmeasured(failIf, nameOf('failIf'));
  }
  return { latenessByTopic, hlog, failIf };
}

function flatOut(name: string, expected: string, found: string): Error {
  return expect.badOption(name, `${expected} at max speed, where no event is late`, found);
}
