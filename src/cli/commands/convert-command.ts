import { Command } from 'commander';
import type { ConvertOptions } from '../../convert/convert.js';
import { OUTPUT_FORMS, PARTITIONS } from '../../convert/output-form.js';
import { OPTIONS } from '../../options/option-table.js';
import { TcsReplayError } from '../../shared/errors.js';
import * as text from '../../shared/text.js';
import { addFlags, type Flag, flagNames } from '../flags/flag.js';
import { PLAY_FLAGS } from '../flags/play-flags.js';
import { refuseSwallowedDatabases } from '../flags/swallowed-arguments.js';
import { conversionTask } from '../live/conversion-task.js';
import { preparationTask } from '../live/progress-line.js';
import { print, printJson, tell } from '../output.js';
import { convertReport } from '../reports/convert-report.js';
import { withProgress } from '../with-progress.js';
import { exitCodeOfConversion } from './exit-code-of-conversion.js';

/** Options of the library, whose numbers may still be texts, and those of the command line only. */
interface ConvertFlags extends Omit<ConvertOptions, 'databases' | 'output'> {
  readonly nights?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Options of a replay that a conversion has, too. */
const OF_PLAY: readonly string[] = [
  ...['topics', 'exclude', 'topicsRegex', 'start', 'end', 'duration', 'night', 'fromHour', 'toHour'],
  ...['timezone', 'schema', 'sortBy', 'limit', 'workers', 'reader', 'busyTimeoutS', 'batchEvents'],
  ...['readAheadBytes', 'cacheFolder', 'cacheLimitBytes', 'prepared', 'verbose'],
];

const OWN: readonly Flag<keyof ConvertOptions | 'nights'>[] = [
  {
    option: 'to',
    flags: '--to <form>',
    help: `form of the output: ${OUTPUT_FORMS.join(', ')} (default: by the ending of OUT)`,
  },
  {
    option: 'typed',
    flags: '--no-typed',
    help: 'leave values of type number and boolean the texts that they are; a database keeps what is there anyway',
  },
  {
    option: 'partition',
    flags: '--partition <by>',
    help: `how tables are divided into files: ${PARTITIONS.join(', ')} (default: none)`,
  },
  {
    option: 'nights',
    flags: '--nights <A/B>',
    help: 'write an output for each night into the folder OUT: as task A of B tasks, which share the nights; what is up to date is passed over',
  },
  {
    option: 'prime',
    flags: '--prime',
    help: 'begin with the last event of each topic from before the start',
  },
  { option: 'overwrite', flags: '-f, --force', help: 'replace OUT if it exists' },
];

const FLAGS: readonly Flag[] = [...PLAY_FLAGS.filter(({ option }) => OF_PLAY.includes(option)), ...OWN];

const EXAMPLES = `
IN are databases, folders or patterns, merged by time. OUT is written by its ending:

  night.jsonl, night.jsonl.gz   a line of JSON for each event
  night.db                      a database that plays as its sources do
  night.mcap                    for Foxglove, Lichtblick and PlotJuggler
  night.parquet                 a folder with a Parquet file for each topic
  night.csv, night.csv.gz       a folder with a CSV file for each topic

Events have their recorded times. OUT appears when it is whole.

Examples:
  tcs-replay convert night.db night.jsonl.gz
  tcs-replay convert nights/ tracker.parquet --night 2018-03-23 -t 'tracker.*'
  tcs-replay convert night.db hour.db --start +2h --duration 1h --prime
  tcs-replay convert --nights 3/10 nights/ archive/ --to parquet

Exit codes: 0 done, 3 done, but not all could be read, 1 failed, 2 wrong usage,
129, 130 or 143 stopped by SIGHUP, SIGINT or SIGTERM.`;

/** The command that writes recordings in another form. */
export function convertCommand(): Command {
  const command = new Command('convert')
    .summary('write events in another form: database, JSON lines, MCAP, Parquet, CSV')
    .description('Writes the events of recordings, merged and selected as for a replay, in another form.')
    .usage('[options] IN... OUT')
    // Optional, so that paths that a flag took are told.
    .argument('[paths...]', 'recordings, folders or patterns; the last path is the output');
  return addFlags(command, FLAGS, OPTIONS)
    .option('--json', 'print the result as one JSON document')
    .option('-q, --quiet', 'print nothing but errors, and the result if --json asks for it')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(
  paths: string[],
  { json = false, quiet = false, ...options }: ConvertFlags,
): Promise<void> {
  const databases = paths.slice(0, -1);
  const output = paths.at(-1) ?? '';
  refuseSwallowedDatabases(paths, options);
  if (databases.length === 0) {
    throw new TcsReplayError(
      'BAD_OPTION',
      `Expected what to convert and the output, as in "tcs-replay convert night.db night.jsonl"; found ${output === '' ? 'neither' : `${output} alone`}`,
    );
  }
  if (options.nights !== undefined) {
    const { runNights } = await import('./convert-nights.js');
    await runNights({ ...options, nights: options.nights, databases, output }, flagNames(FLAGS), {
      json,
      quiet,
    });
    return;
  }
  const { convert } = await import('../../convert/convert.js');
  const outcome = await withProgress(
    (signal, show) =>
      convert(
        {
          ...options,
          databases,
          output,
          signal,
          onProgress: show && ((progress) => show(conversionTask(progress, output))),
          onPreparation: show && ((made) => show(preparationTask(made))),
          onNotice: quiet ? undefined : tell,
        },
        flagNames(FLAGS),
      ),
    quiet,
  );
  if (outcome === undefined) {
    tell(`Stopped: nothing is left of ${text.name(output)}`);
    return;
  }
  if (json) printJson(outcome);
  else if (!quiet) print(convertReport(outcome));
  process.exitCode ||= exitCodeOfConversion(outcome);
}
