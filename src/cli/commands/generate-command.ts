import { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import {
  type GenerateOptions,
  type GenerateOutcome,
  type GenerateProgress,
  generate,
} from '../../generate/generate.js';
import * as expect from '../../shared/expect.js';
import * as text from '../../shared/text.js';
import { checked } from '../flags/checked-option.js';
import { StopSignals } from '../signals.js';

interface Flags {
  readonly events?: number;
  readonly duration?: number;
  readonly nights?: number;
  readonly topics?: number;
  readonly attributes?: number;
  readonly rate?: number;
  readonly seed?: number;
  readonly force?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
TIME is a number of seconds, or has a unit: 90, 90s, 10m, 1.5h.
Of --events, --duration and --rate two determine the third. Topics report at their natural rates, about 140
events/s in all, when --rate is not determined. The default is 10 minutes. The same options and seed give the
same file, byte for byte.

Examples:
  $ tcs-replay generate night.db
  $ tcs-replay generate night.db --duration 2h --rate 300
  $ tcs-replay generate week.db --nights 7 --events 1000000 --attributes 16 --seed 42`;

/** `tcs-replay generate`: writes a database of made-up nights. Failures are thrown as `TcsReplayError`. */
export function generateCommand(): Command {
  return new Command('generate')
    .summary('write a database of realistic, made-up nights')
    .description('Writes a database of realistic, made-up nights, for trying out and measuring a replay.')
    .argument('<OUT.db>', 'the database to write')
    .addOption(checked('--events <N>', wholeFrom(1), 'exact number of events, of all nights together'))
    .addOption(
      checked('--duration <TIME>', (value, name) => expect.durationS(name, value), 'length of each night'),
    )
    .addOption(
      checked('--nights <N>', wholeFrom(1), 'number of nights, 24 h from start to start (default: 1)'),
    )
    .addOption(checked('--topics <N>', wholeFrom(1), 'number of topics (default: 50)'))
    .addOption(
      checked('--attributes <N>', wholeFrom(6), 'attributes of each event, the six common ones included'),
    )
    .addOption(
      checked('--rate <HZ>', (value, name) => expect.above(name, value, 0), 'mean number of events a second'),
    )
    .addOption(checked('--seed <N>', wholeFrom(0), 'what chance starts from (default: 1)'))
    .option('-f, --force', 'replace OUT.db if it exists')
    .option('-q, --quiet', 'print nothing but errors, and the result if --json asks for it')
    .option('--json', 'print the result as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(path: string, flags: Flags): Promise<void> {
  const stop = new StopSignals();
  const display = process.stderr.isTTY && !flags.quiet ? createLogUpdate(process.stderr) : undefined;
  try {
    const outcome = await generate({
      ...toOptions(path, flags),
      signal: stop.signal,
      onProgress: display && ((progress) => display(progressLine(progress))),
    });
    display?.clear();
    if (flags.json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
    else if (!flags.quiet) process.stdout.write(`${outcomeLine(outcome)}\n`);
  } catch (error) {
    display?.clear();
    // Whoever interrupts knows why it ended: the exit code is set, and there is nothing to say.
    if (!stop.signal.aborted) throw error;
  } finally {
    display?.done();
    stop.release();
  }
}

function toOptions(path: string, flags: Flags): GenerateOptions {
  const { events, duration, nights, topics, attributes, rate, seed, force } = flags;
  return {
    path,
    events,
    durationS: duration,
    nights,
    topics,
    attributes,
    rateHz: rate,
    seed,
    overwrite: force,
  };
}

function progressLine({ events, totalEvents, rows }: GenerateProgress): string {
  const share =
    totalEvents === undefined
      ? ''
      : ` of ${text.count(totalEvents)} (${Math.floor((100 * events) / totalEvents)} %)`;
  return `generating: ${text.count(events)}${share} events, ${text.count(rows)} attributes`;
}

function outcomeLine({
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
  const pace = `${tookS.toFixed(1)} s, ${text.count(attributes / tookS)} attributes/s`;
  return `${path}: ${what}, ${text.bytes(sizeBytes)}; ${when}; took ${pace}`;
}

function wholeFrom(least: number): (value: string, name: string) => number {
  return (value, name) => expect.integer(name, value, least);
}
