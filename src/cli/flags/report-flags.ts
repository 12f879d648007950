import type { ReportOptions } from '../../options/report-options.js';
import type { Flag } from './flag.js';

/** What is reported of lateness, and what counts as a failure. */
export const REPORT_FLAGS = [
  { option: 'latenessByTopic', flags: '--lateness-by-topic', help: 'report lateness by topic, too' },
  {
    option: 'hlog',
    flags: '--hlog <file>',
    help: "write lateness, second by second, in HdrHistogram's log format",
  },
  {
    option: 'ledger',
    flags: '--ledger <file>',
    help: 'write which events were sent, for tcs-replay verify',
  },
  {
    option: 'failIf',
    flags: '--fail-if <condition>',
    help: 'exit with 4 if it holds: p99>5ms, max>1s, stall>100ms, drift>1ppm, lost>0, rate<5000; repeatable',
    isRepeatable: true,
  },
] as const satisfies readonly Flag<keyof ReportOptions>[];
