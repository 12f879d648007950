import type { OPTIONS } from '../../options/option-table.js';
import { ENVIRONMENT } from './environment.js';
import type { Flag } from './flag.js';

export const SCHEMA_FLAG = {
  option: 'schema',
  flags: '--schema <names>',
  help: 'tables, columns, times: event.topic=subject, event.json=message, topic.TABLE=TOPIC, event.time=unix-ms; repeatable',
  isRepeatable: true,
} as const satisfies Flag<'schema'>;

/** Which topics and times are meant, and what the tables and columns are called. */
export const SELECTION_FLAGS = [
  {
    option: 'topics',
    flags: '-t, --topics <topics...>',
    help: 'topics, names or patterns with * and ? (default: all)',
  },
  { option: 'exclude', flags: '--exclude <topics...>', help: 'topics to leave out, names or patterns' },
  {
    option: 'topicsRegex',
    flags: '--topics-regex <expression>',
    help: 'a regular expression of further topics',
  },
  {
    option: 'start',
    flags: '--start <time>',
    help: 'first moment: ISO 8601, Unix seconds, +90m from the first event, -10m from the last',
  },
  { option: 'end', flags: '--end <time>', help: 'moment to stop before, in the same forms' },
  { option: 'duration', flags: '--duration <time>', help: 'length of the recorded time, such as 10m' },
  {
    option: 'night',
    flags: '--night <date>',
    help: 'an observing night, noon to noon, or several: 2018-03-23..2018-03-25',
  },
  {
    option: 'fromHour',
    flags: '--from-hour <hour>',
    help: 'hour at which the part of each night begins: 20, 20.5, 20:30',
  },
  { option: 'toHour', flags: '--to-hour <hour>', help: 'hour at which the part of each night ends' },
  {
    option: 'timezone',
    flags: '--timezone <zone>',
    help: 'time zone of noon, of hours, of times without an offset, and of times that are shown',
    env: ENVIRONMENT.timezone,
  },
  SCHEMA_FLAG,
] as const satisfies readonly Flag<keyof typeof OPTIONS>[];
