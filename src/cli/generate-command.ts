import { Command, InvalidArgumentError } from 'commander';
import { createLogUpdate } from 'log-update';
import prettyBytes from 'pretty-bytes';
import {
  type GenerateOptions,
  type GenerateOutcome,
  type GenerateProgress,
  generate,
} from '../generate/generate.js';

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

/** The customary exit codes of a program that a signal ended: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

const UNITS_S = { s: 1, m: 60, h: 3600 } as const;

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
    .option('--events <N>', 'exact number of events, of all nights together', wholeFrom(1))
    .option('--duration <TIME>', 'length of each night', parseTimeS)
    .option('--nights <N>', 'number of nights, 24 h from start to start (default: 1)', wholeFrom(1))
    .option('--topics <N>', 'number of topics (default: 50)', wholeFrom(1))
    .option('--attributes <N>', 'attributes of each event, the six common ones included', wholeFrom(6))
    .option('--rate <HZ>', 'mean number of events a second', parseRateHz)
    .option('--seed <N>', 'what chance starts from (default: 1)', wholeFrom(0))
    .option('-f, --force', 'replace OUT.db if it exists')
    .option('-q, --quiet', 'print nothing but errors, and the result if --json asks for it')
    .option('--json', 'print the result as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(path: string, flags: Flags, command: Command): Promise<void> {
  const { writeOut } = command.configureOutput();
  const abort = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    process.exitCode = EXIT_CODES[signal as keyof typeof EXIT_CODES];
    abort.abort();
  };
  const meter = process.stderr.isTTY && !flags.quiet ? createLogUpdate(process.stderr) : undefined;
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const options = { ...toOptions(path, flags), signal: abort.signal };
    const outcome = await generate(
      meter === undefined ? options : { ...options, onProgress: (progress) => meter(progressLine(progress)) },
    );
    meter?.clear();
    meter?.done();
    if (flags.json) writeOut?.(`${JSON.stringify(outcome)}\n`);
    else if (!flags.quiet) writeOut?.(`${outcomeLine(outcome)}\n`);
  } catch (error) {
    meter?.clear();
    meter?.done();
    // Whoever interrupts knows why it ended: the exit code is set, and there is nothing to say.
    if (!abort.signal.aborted) throw error;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
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
      : ` of ${count(totalEvents)} (${Math.floor((100 * events) / totalEvents)} %)`;
  return `generating: ${count(events)}${share} events, ${count(rows)} attributes`;
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
  const what = `${count(events)} events of ${count(topics)} topics, ${count(attributes)} attributes`;
  const when = `${duration(spanS)} from first to last in ${nights === 1 ? 'one night' : `${count(nights)} nights`}`;
  const pace = `${tookS.toFixed(1)} s, ${count(Math.round(attributes / tookS))} attributes/s`;
  return `${path}: ${what}, ${prettyBytes(sizeBytes)}; ${when}; took ${pace}`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

function wholeFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && Number.isSafeInteger(value)) return value;
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}, got "${text}".`);
  };
}

function parseRateHz(text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError(`Expected a number of events a second greater than 0, got "${text}".`);
}

function parseTimeS(text: string): number {
  const [, number, unit = 's'] = /^(\d*\.?\d+)([smh]?)$/.exec(text) ?? [];
  const seconds = Number(number) * UNITS_S[(unit || 's') as keyof typeof UNITS_S];
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError(`Expected a time greater than 0 such as 90, 90s, 10m or 2h, got "${text}".`);
}
