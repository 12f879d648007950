import { mkdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { DecoderPool } from '../../prepare/decoder-pool.js';
import { OBSERVATORY_ZONE, TimeZone } from '../../selection/time-zone.js';
import { DAY_S } from '../../shared/calendar.js';
import { withSafeCallbacks } from '../../shared/callbacks.js';
import { attempt } from '../../shared/cannot-write.js';
import { TcsReplayError } from '../../shared/errors.js';
import { type NameOf, notTogether } from '../../shared/expect.js';
import type { PassedOver } from '../../sources/recording-files.js';
import { convert, resolveReading } from '../convert.js';
import type { ConvertOptions, ConvertProgress } from '../convert-options.js';
import type { ConvertOutcome } from '../convert-outcome.js';
import { isFolder, type OutputForm, outputForm, outputPartition } from '../output-form.js';
import { type FilesByNight, filesByNight, type NightFiles } from './files-by-night.js';
import { isOfShare, parseNightShare } from './night-share.js';
import { isUpToDate } from './up-to-date.js';

/** Options that select a part of the time: a night is converted as a whole. */
const SELECTION = ['start', 'end', 'duration', 'night', 'prime', 'limit'] as const;

/** What to convert, night by night, and to what. */
export interface ConvertNightsOptions
  extends Omit<ConvertOptions, (typeof SELECTION)[number] | 'output' | 'to' | 'overwrite' | 'onProgress'> {
  /** Path of the folder for the outputs; it is created if it is missing. It must not be among the recordings. */
  output: string;
  /** Form of the outputs. Default: that of the path's ending. */
  to?: OutputForm;
  /** The task and the number of tasks that share the nights: `3/10`. Default `1/1`: all nights. */
  nights?: string;
  /** Convert nights anew whose outputs are up to date. Default false: pass them over. */
  overwrite?: boolean;
  /** Called as by `convert`, with the output that is being written. Default: none. */
  onProgress?: (progress: NightProgress) => void;
  /** Called when a night is done. Default: none. */
  onNight?: (night: ConvertedNight) => void;
}

/** How far a night has come. */
export interface NightProgress extends ConvertProgress {
  readonly path: string;
}

/** What became of a night. */
export interface ConvertedNight {
  /** Date of its evening: `2018-03-23`. */
  readonly night: string;
  /** Its recordings. */
  readonly databases: readonly string[];
  /** Path of its output. */
  readonly path: string;
  /** What was converted; undefined: its output is up to date, or it failed. */
  readonly outcome: ConvertOutcome | undefined;
  /** Why it failed; undefined: it has not. */
  readonly error: string | undefined;
}

/** What became of the nights of a task. */
export interface ConvertNightsOutcome {
  /** Files that are of no one night. */
  readonly withoutNight: readonly PassedOver[];
  /** Nights of all tasks. */
  readonly nightsInAll: number;
  /** Those of this task, in order of time. */
  readonly nights: readonly ConvertedNight[];
  /** Files that were found in folders, or by patterns, and cannot be read. */
  readonly unreadable: readonly PassedOver[];
}

/**
 * Converts a folder of nights, each into an output of its own, as one of several tasks that share them. A night whose output is there and
 * newer than its recordings is passed over. So tasks can be started again, and whatever is done stays. Where a night fails, the others are
 * converted all the same.
 *
 * @throws TcsReplayError as `convert`, for what concerns all nights; the reason of `signal`
 */
export function convertNights(options: ConvertNightsOptions): Promise<ConvertNightsOutcome>;
/** @internal `nameOf`: what the user calls an option, for errors */
export function convertNights(
  options: ConvertNightsOptions,
  nameOf: NameOf<keyof ConvertNightsOptions | keyof ConvertOptions>,
): Promise<ConvertNightsOutcome>;
export async function convertNights(
  given: ConvertNightsOptions,
  nameOf: NameOf<keyof ConvertNightsOptions | keyof ConvertOptions> = (option) => option,
): Promise<ConvertNightsOutcome> {
  const { nights: shareText = '1/1', onNight, onProgress, ...options } = withSafeCallbacks(given);
  const share = parseNightShare(nameOf('nights'), shareText);
  refuseSelection(options, nameOf);
  const { signal, onNotice = () => {} } = options;
  const form = outputForm(options.output, options.to, nameOf('to'));
  outputPartition(options.partition ?? 'none', form, nameOf('partition'));
  const zone = new TimeZone(options.timezone ?? OBSERVATORY_ZONE, nameOf('timezone'));
  const { nights, withoutNight, unreadable } = await grouped(options, zone, onNotice, nameOf);
  refuseInputs(nights, options.output, nameOf('databases'));
  attempt(options.output, () => mkdirSync(options.output, { recursive: true }));
  const done: ConvertedNight[] = [];
  for (const { night, paths } of nights.filter((each) => isOfShare(each.night, share))) {
    signal?.throwIfAborted();
    const date = new Date(1000 * DAY_S * night).toISOString().slice(0, 10);
    const path = join(options.output, nameOfOutput(date, form, options.partition === 'night'));
    const about = { night: date, databases: paths, path };
    let outcome: ConvertOutcome | undefined;
    let error: string | undefined;
    if (options.overwrite === true || !isUpToDate(path, paths)) {
      const whole: ConvertOptions = {
        ...options,
        ...{ databases: paths, output: path, to: form, overwrite: true, partition: 'none' },
        onProgress: onProgress && ((progress) => onProgress({ ...progress, path })),
      };
      try {
        outcome = await convert(whole, nameOf, { isShared: true });
      } catch (cause) {
        signal?.throwIfAborted();
        if (!(cause instanceof TcsReplayError) || cause.code === 'BAD_OPTION') throw cause;
        error = cause.message;
      }
    }
    const converted = { ...about, outcome, error };
    done.push(converted);
    onNight?.(converted);
  }
  return { nightsInAll: nights.length, nights: done, withoutNight, unreadable };
}

/** `night=2018-03-23` is how Hive, and most programs that read tables, divide a dataset. */
function nameOfOutput(date: string, form: OutputForm, isPartition: boolean): string {
  return isPartition && isFolder(form) ? `night=${date}` : `${date}.${form}`;
}

function refuseSelection(
  options: object,
  nameOf: NameOf<keyof ConvertNightsOptions | keyof ConvertOptions>,
): void {
  const given = options as Readonly<Record<string, unknown>>;
  for (const option of SELECTION) {
    if (given[option] === undefined || given[option] === false) continue;
    throw notTogether(nameOf('nights'), nameOf(option), 'each night is converted as a whole');
  }
}

async function grouped(
  options: Omit<ConvertNightsOptions, 'nights' | 'onNight' | 'onProgress'>,
  zone: TimeZone,
  onNotice: (notice: string) => void,
  nameOf: NameOf<keyof ConvertNightsOptions | keyof ConvertOptions>,
): Promise<FilesByNight> {
  const { output, to, typed, overwrite, partition, ...reading } = options;
  const resolved = resolveReading(reading, false, nameOf);
  const pool = new DecoderPool(resolved.workers, { ...resolved, schemaOption: nameOf('schema'), onNotice });
  try {
    return await filesByNight(pool, resolved.databases, zone, onNotice);
  } finally {
    await pool.close();
  }
}

/** What was written before would be converted once more. @throws TcsReplayError `BAD_OPTION` */
function refuseInputs(nights: readonly NightFiles[], output: string, inputs: string): void {
  const folder = resolve(output) + sep;
  const within = nights.flatMap(({ paths }) => paths).find((path) => resolve(path).startsWith(folder));
  if (within === undefined) return;
  throw new TcsReplayError(
    'BAD_OPTION',
    `Expected a folder for the outputs that is not among ${inputs}, got ${output}, in which ${within} was found; choose another folder`,
  );
}
