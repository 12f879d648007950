import type { Command } from 'commander';
import type { MissedThreshold } from '../../measure/outcome.js';
import { parseReport, type ReportOptions } from '../../options/report-options.js';
import { collect, flagOf } from './selection-flags.js';

/** Adds the options that say what is told of lateness, and what of it is a failure. */
export function addReport(command: Command): Command {
  return command
    .option('--lateness-by-topic', 'tell how late events were by topic, too')
    .option('--hlog <file>', "write how late events were, second by second, in HdrHistogram's log format")
    .option(
      '--fail-if <condition>',
      'exit with 4 where it holds: p99>5ms, max>1s, stall>100ms, drift>1ppm, lost>0, rate<5000; repeatable',
      collect,
    );
}

/** Checks the options, and names them in errors as on the command line. @throws TcsReplayError `BAD_OPTION` */
export function checkReport(options: ReportOptions, isFlatOut: boolean): void {
  parseReport(options, isFlatOut, flagOf);
}

/** `threshold missed: p99>5ms: it was 7.1 ms` */
export function missedLine({ condition, found, unit }: MissedThreshold): string {
  const shown = found === null ? 'not measured' : `${Number(found.toPrecision(6))} ${unit}`.trimEnd();
  return `threshold missed: ${condition}: ${found === null ? shown : `it was ${shown}`}\n`;
}
