import { Command } from 'commander';
import type { GenerateOptions, GenerateOutcome, GenerateProgress } from '../../generate/generate.js';
import * as text from '../../shared/text.js';
import { addFlags, type Flag, flagNames } from '../flags/flag.js';
import { positive, seconds, wholeFrom } from '../flags/text-form.js';
import type { Task } from '../live/task-progress.js';
import { print, printJson } from '../output.js';
import { withProgress } from '../with-progress.js';

interface GenerateFlags extends GenerateOptions {
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const FLAGS: readonly Flag<keyof GenerateOptions>[] = [
  {
    option: 'events',
    flags: '--events <N>',
    help: 'exact number of events, of all nights together',
    form: wholeFrom(1),
  },
  { option: 'durationS', flags: '--duration <TIME>', help: 'length of each night', form: seconds },
  {
    option: 'nights',
    flags: '--nights <N>',
    help: 'number of nights, 24 h from start to start (default: 1)',
    form: wholeFrom(1),
  },
  { option: 'topics', flags: '--topics <N>', help: 'number of topics (default: 50)', form: wholeFrom(1) },
  {
    option: 'attributes',
    flags: '--attributes <N>',
    help: 'attributes of each event, the six common ones included',
    form: wholeFrom(6),
  },
  { option: 'rateHz', flags: '--rate <HZ>', help: 'mean number of events a second', form: positive },
  {
    option: 'seed',
    flags: '--seed <N>',
    help: 'seed of the random numbers (default: 1)',
    form: wholeFrom(0),
  },
  { option: 'overwrite', flags: '-f, --force', help: 'replace OUT.db if it exists' },
];

const EXAMPLES = `
TIME is a number of seconds, or has a unit: 90, 90s, 10m, 1.5h.
Any two of --events, --duration and --rate determine the third. If the rate is
not determined, topics report at their natural rates, about 140 events/s in all.
The default is 10m. The same options and seed give the same file, byte for byte.

Examples:
  $ tcs-replay generate night.db
  $ tcs-replay generate night.db --duration 2h --rate 300
  $ tcs-replay generate week.db --nights 7 --events 1000000 --attributes 16 --seed 42`;

/** The command that writes a database of made-up nights. */
export function generateCommand(): Command {
  const command = new Command('generate')
    .summary('write a database of realistic, made-up nights')
    .description('Writes a database of realistic, made-up nights, to try out and measure a replay.')
    .argument('<OUT.db>', 'the database to write');
  return addFlags(command, FLAGS)
    .option('-q, --quiet', 'print nothing but errors, and the result if --json asks for it')
    .option('--json', 'print the result as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(path: string, { quiet = false, json = false, ...options }: GenerateFlags): Promise<void> {
  const { generate } = await import('../../generate/generate.js');
  const outcome = await withProgress(
    (signal, show) =>
      generate(
        { ...options, path, signal, onProgress: show && ((progress) => show(taskOf(progress))) },
        flagNames(FLAGS),
      ),
    quiet,
  );
  if (outcome === undefined) return;
  if (json) printJson(outcome);
  else if (!quiet) print(outcomeLines(outcome));
}

function taskOf({ events, totalEvents, rows }: GenerateProgress): Task {
  return {
    what: 'generating',
    share: totalEvents === undefined ? undefined : events / totalEvents,
    counts: [text.counted(events, 'event'), text.counted(rows, 'attribute')],
  };
}

function outcomeLines({
  path,
  events,
  attributes,
  topics,
  nights,
  sizeBytes,
  spanS,
  tookS,
}: GenerateOutcome): string {
  const what = `${text.counted(events, 'event')} of ${text.counted(topics, 'topic')}, ${text.counted(attributes, 'attribute')}`;
  const when = `${text.span(spanS)} from first to last in ${text.counted(nights, 'night')}`;
  const pace = `${text.anySpan(tookS)}, ${text.count(attributes / tookS)} attributes/s`;
  return `${text.name(path)}: ${what}, ${text.bytes(sizeBytes)}\n  ${when}; took ${pace}`;
}
