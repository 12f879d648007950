import type { Command } from 'commander';
import { parseSchemaOverride } from '../../database/schema/schema-override.js';
import type { ReplayOptions } from '../../options/replay-options.js';
import { parseSelection } from '../../selection/selection.js';
import { OBSERVATORY_ZONE } from '../../selection/time-zone.js';
import * as expect from '../../shared/expect.js';

/** What says which databases, topics and times are meant, as the library names it. */
export type SelectionFlags = Pick<
  ReplayOptions,
  | 'topics'
  | 'exclude'
  | 'topicsRegex'
  | 'schema'
  | 'start'
  | 'end'
  | 'duration'
  | 'night'
  | 'fromHour'
  | 'toHour'
  | 'timezone'
>;

/** Adds the options that say which topics and times are meant, and by which names tables and columns go. */
export function addSelection(command: Command): Command {
  return command
    .option('-t, --topics <topics...>', 'topics, names or patterns with * and ? (default: all)')
    .option('--exclude <topics...>', 'topics to leave out, names or patterns')
    .option('--topics-regex <expression>', 'topics besides: a regular expression')
    .option(
      '--start <time>',
      'from then on: ISO 8601, Unix seconds, +90m from the first event, -10m from the last',
    )
    .option('--end <time>', 'up to then, in the same forms')
    .option('--duration <time>', 'so much of the recorded time, such as 10m')
    .option('--night <date>', 'an observing night, noon to noon, or several: 2018-03-23..2018-03-25')
    .option('--from-hour <hour>', 'of each night what is from this hour on: 20, 20.5, 20:30')
    .option('--to-hour <hour>', 'of each night what is before this hour')
    .option(
      '--timezone <zone>',
      `where noon and hours are, and times without an offset (default: ${OBSERVATORY_ZONE})`,
    )
    .option(
      '--schema <names>',
      'tables and columns by name: event.topic=subject,attribute.key=parameter',
      collect,
    );
}

/** Values of an option that can be given more than once. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** Checks the options, and names them in errors as on the command line. @throws TcsReplayError `BAD_OPTION` */
export function checkSelection(flags: SelectionFlags): void {
  parseSelection(flags, flagOf);
  parseSchemaOverride(flags.schema ?? [], '--schema');
  if (flags.topicsRegex !== undefined) expect.regularExpression('--topics-regex', flags.topicsRegex);
}

/** The name of an option of the library on the command line. */
export function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
