import { statSync } from 'node:fs';
import { DATA_TIME_SLACK_S } from '../database/data-times.js';
import type { OnPreparation } from '../database/preparation.js';
import type { DecoderPool } from '../prepare/decoder-pool.js';
import { absoluteRanges, isAbsolute, type Selection } from '../selection/selection.js';
import type { Extent } from '../selection/time-point.js';
import { type ErrorCode, TcsReplayError } from '../shared/errors.js';

import { plain } from '../shared/plain-text.js';
import { asTooManyFiles } from '../shared/too-many-files.js';
import { LiveSource, type RelayOptions } from './live-source.js';
import { MockSource } from './mock-source.js';
import { ReadAheadBudget } from './read-ahead-budget.js';
import { findRecordings, type PassedOver, type RecordingFile } from './recording-files.js';
import { type PreparedUse, RecordingOpener } from './recording-opener.js';
import { databaseOptions, type ReadOptions } from './recording-source.js';
import { inOrderOfTime, type SeekableSource, type Source } from './source.js';

export interface OpenSourcesOptions extends ReadOptions, PreparedUse {
  /** Files, folders, and patterns of names; empty: mock events are played. */
  readonly databases: readonly string[];
  /** Live publishers that are relayed, instead of databases and mock events. Default: none. */
  readonly livePublishers?: RelayOptions | undefined;
  /** Seconds between two mock events. */
  readonly sleepS: number;
  /** Memory for batches that are read ahead, in bytes. */
  readonly readAheadBytes: number;
  /** Part of the recorded time that is played; undefined: all of it. */
  readonly selection: Selection | undefined;
  /** Whether the last event of each topic from before the selection is sent. */
  readonly prime: boolean;
  /** Whether `onNotice` gets the schema of each recording. */
  readonly verbose: boolean;
  /** Whether the file that was written to last is followed: it is played up to its end, and as it grows. Default false. */
  readonly follow?: boolean;
  /** See `RecordingSourceOptions`. */
  readonly followForS?: number;
}

/** Callbacks for what happens while recordings are opened. */
export interface OpenListeners {
  /** Called with what was passed over and why, in a sentence. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly onPreparation?: OnPreparation | undefined;
}

export interface OpenedSources {
  /** In order of time. */
  readonly recordings: readonly SeekableSource[];
  /** Sources that can only be played from their start: mock events, or live publishers. */
  readonly streams: readonly Source[];
  /** That of `streams` which receives from live publishers. Whoever opened it closes it. */
  readonly live?: LiveSource | undefined;
  /** Times of recordings that were not opened, since they lie outside of the selection. */
  readonly outside: readonly Extent[];
  /** Files that were found in folders, or by patterns, and cannot be read. */
  readonly unreadable: readonly PassedOver[];
  /** Memory for what recordings read ahead; undefined: there are none. */
  readonly readAhead: ReadAheadBudget | undefined;
}

/**
 * Finds recordings and opens those that can hold selected events.
 *
 * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`, of several
 * failures that of the file given first; of live publishers as `LiveSource.open`
 */
export async function openSources(
  pool: DecoderPool,
  options: OpenSourcesOptions,
  { onNotice = () => {}, onPreparation }: OpenListeners = {},
): Promise<OpenedSources> {
  const { databases, livePublishers, sleepS, readAheadBytes, verbose } = options;
  if (databases.length === 0) {
    const live = livePublishers && (await LiveSource.open(livePublishers, onNotice));
    const streams = [live ?? new MockSource(sleepS)];
    return { recordings: [], streams, live, outside: [], unreadable: [], readAhead: undefined };
  }
  const { files, passedOver } = await findRecordings(databases);
  for (const { reason } of passedOver) onNotice(plain(reason));
  const unreadable: PassedOver[] = [...passedOver];
  const passOver = ({ path }: RecordingFile, { code, message }: TcsReplayError) => {
    onNotice(`Passed over: ${message}`);
    if (code !== 'UNKNOWN_SCHEMA') unreadable.push({ path, reason: message });
  };
  const readAhead = new ReadAheadBudget(readAheadBytes);
  const followed = options.follow === true ? writtenLast(files) : undefined;
  const { followForS } = options;
  const opener = new RecordingOpener(
    pool,
    { ...databaseOptions(options, readAhead), onPreparation, followForS },
    { ...options, followed },
    onNotice,
  );
  // All files are found before one is prepared, which can take minutes.
  const found = await ofEachFile(files, (file) => opener.find(file), passOver);
  const isOutside = outsideOf(options);
  const wanted = found.filter(({ path, dataTimes }) => path === followed || !isOutside(dataTimes));
  const opened = await ofEachFile(wanted, (file) => opener.open(file), passOver);
  const recordings = inOrderOfTime(opened);
  if (verbose) for (const source of recordings) onNotice(plain(source.description));
  const outside = found.filter((file) => !wanted.includes(file)).map(({ dataTimes }) => dataTimes);
  return { recordings, streams: [], outside, unreadable, readAhead };
}

/** The file that was written to last, or its log; of several ones the last of the list. */
function writtenLast(files: readonly RecordingFile[]): string | undefined {
  const timed = files.map(({ path }) => ({
    path,
    writtenMs: Math.max(...[path, `${path}-wal`].map(writtenMs)),
  }));
  return timed.sort((a, b) => a.writtenMs - b.writtenMs).at(-1)?.path;
}

function writtenMs(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    // Opening the file tells what is wrong.
    return Number.NEGATIVE_INFINITY;
  }
}

/** Errors that pass over a file which the user did not name. */
const PASSED_OVER: ReadonlySet<ErrorCode> = new Set([
  'NO_SUCH_FILE',
  'NOT_A_DATABASE',
  'READ_FAILED',
  'DATABASE_LOCKED',
  'UNKNOWN_SCHEMA',
]);

/**
 * Does something with each file, concurrently.
 *
 * @param passOver called for a file that cannot be read, and which the user did not name
 * @returns the results in the order of the files, without those passed over
 * @throws of several failures that of the file given first
 */
export async function ofEachFile<F extends RecordingFile, T>(
  files: readonly F[],
  action: (file: F) => Promise<T>,
  passOver: (file: F, error: TcsReplayError) => void,
): Promise<T[]> {
  const attempts = await Promise.allSettled(files.map(action));
  return attempts.flatMap((attempt, i) => {
    if (attempt.status === 'fulfilled') return [attempt.value];
    const error: unknown = asTooManyFiles(attempt.reason) ?? attempt.reason;
    if (files[i].isNamed || !(error instanceof TcsReplayError) || !PASSED_OVER.has(error.code)) throw error;
    passOver(files[i], error);
    return [];
  });
}

/**
 * Tells by the data times of their first and last event which recordings cannot hold wanted events and need not be
 * prepared. Only an absolute selection tells that beforehand: times that count from the first or the last event depend
 * on all recordings.
 */
function outsideOf({
  selection,
  prime,
}: Pick<OpenSourcesOptions, 'selection' | 'prime'>): (times: Extent) => boolean {
  if (selection === undefined || !isAbsolute(selection)) return () => false;
  const ranges = absoluteRanges(selection);
  const [startS, endS] = [ranges[0]?.startS, ranges.at(-1)?.endS];
  if (startS === undefined || endS === undefined) return () => false;
  return ({ firstS, lastS }) =>
    firstS - DATA_TIME_SLACK_S >= endS || (!prime && lastS + DATA_TIME_SLACK_S < startS);
}
