import type { SourceFacts } from '../formats/format-facts.js';
import { DamageReport, type DamageSummary } from '../measure/damage-report.js';
import type { ReplayOptions } from '../options/replay-options.js';
import { resolveOptions } from '../options/resolve-options.js';
import { closeOnAbort } from '../prepare/close-on-abort.js';
import { DecoderPool } from '../prepare/decoder-pool.js';
import { DEFAULT_GAP_S } from '../selection/default-gap.js';
import type { SelectionOptions } from '../selection/selection.js';
import { OBSERVATORY_ZONE } from '../selection/time-zone.js';
import { withSafeCallbacks } from '../shared/callbacks.js';
import { PROGRESS_INTERVAL_MS } from '../shared/clock.js';
import * as expect from '../shared/expect.js';
import { firstLook } from '../sources/first-look.js';
import { openSources } from '../sources/open-sources.js';
import { findRecordings, type PassedOver } from '../sources/recording-files.js';
import type { Source, SourceChange } from '../sources/source.js';
import { Archive } from '../timeline/archive.js';
import { Survey, type SurveyFacts } from './survey/survey.js';

/** Options of `info`. */
export interface InfoOptions
  extends SelectionOptions,
    Pick<
      ReplayOptions,
      | 'topics'
      | 'exclude'
      | 'topicsRegex'
      | 'schema'
      | 'cacheFolder'
      | 'sortBy'
      | 'speedup'
      | 'workers'
      | 'busyTimeoutS'
      | 'signal'
      | 'onPreparation'
      | 'onNotice'
    > {
  /** Files, folders, and patterns of names. */
  databases: readonly string[];
  /** Silences longer than this are gaps. Seconds, 0 or more; default 60. */
  gapS?: number;
  /** Leave out what requires reading all events. Default false. */
  quick?: boolean;
  /** Called a few times a second. */
  onProgress?: (progress: InfoProgress) => void;
}

/** Progress of a scan. */
export interface InfoProgress {
  /** The database that is being read. */
  readonly path: string;
  readonly events: number;
  /** Share of all databases that has been read: 0 to 1. */
  readonly share: number;
  readonly elapsedS: number;
  /** Estimated seconds until the end; NaN before anything was read. */
  readonly leftS: number;
}

/** A database, or a file in another format that is played. */
export type FileInfo = SourceFacts;

export interface Info {
  /** In order of their first times. */
  readonly files: readonly FileInfo[];
  /** Undefined with `quick`. Its files are in the order of `files`. */
  readonly survey: SurveyFacts | undefined;
  /** Recordings that changed while they were read; empty with `quick`. */
  readonly changes: readonly SourceChange[];
  /** What could not be read; undefined with `quick`. */
  readonly damage: DamageSummary | undefined;
  /** Files that were found in folders, or by patterns, and cannot be read. */
  readonly unreadable: readonly PassedOver[];
}

/**
 * Describes the content of databases as a replay with the same options would play it. Without `quick` all events are
 * read, in threads.
 *
 * @param nameOf what the user calls an option, for errors
 * @throws TcsReplayError; where `signal` ended it, `WORKER_FAILED`
 */
export async function info(
  options: InfoOptions,
  nameOf: expect.NameOf<keyof InfoOptions | keyof ReplayOptions> = (option) => option,
): Promise<Info> {
  const { onProgress, gapS, quick, ...same } = withSafeCallbacks(options);
  const { signal } = options;
  // Values are converted, so that their types show.
  const asSeen = { convertNumber: true, convertBool: true, times: 'original', prepared: false } as const;
  const resolved = resolveOptions({ ...same, ...asSeen }, nameOf);
  const survey = new Survey({
    timezone: options.timezone ?? OBSERVATORY_ZONE,
    gapS: expect.atLeast(nameOf('gapS'), gapS ?? DEFAULT_GAP_S, 0),
    speedup: resolved.speedup,
  });
  const pool = new DecoderPool(resolved.workers, {
    ...resolved,
    schemaOption: nameOf('schema'),
    onNotice: options.onNotice,
  });
  const removeListener = closeOnAbort(pool, signal);
  const progress = new ScanProgress(survey);
  const report = onProgress && (() => onProgress(progress.now()));
  let timer: NodeJS.Timeout | undefined;
  try {
    signal?.throwIfAborted();
    if (quick === true) return await quickLook(pool, resolved.databases);
    const opened = await openSources(pool, resolved, same);
    const archive = await Archive.of(opened, resolved, same);
    const look = same.onNotice && firstLook(archive.recordings, resolved, nameOf);
    for (const notice of (await look) ?? []) same.onNotice?.(notice);
    timer = report && setInterval(report, PROGRESS_INTERVAL_MS);
    const files = await Promise.all(opened.recordings.map((source) => source.facts()));
    const damage = await scan(archive, survey, progress);
    const { changes, unreadable } = archive;
    return { files, survey: survey.facts(), changes, damage, unreadable };
  } finally {
    clearInterval(timer);
    removeListener();
    await pool.close();
  }
}

async function quickLook(pool: DecoderPool, databases: readonly string[]): Promise<Info> {
  const { files, passedOver } = await findRecordings(databases);
  const facts = await Promise.all(files.map(({ path }) => pool.inspect(path)));
  const infos = inOrder(
    facts.map((file): FileInfo => ('format' in file ? file : { ...file, attributes: undefined })),
  );
  return { files: infos, survey: undefined, changes: [], damage: undefined, unreadable: passedOver };
}

/** Reads all events, in the order of play. */
async function scan(archive: Archive, survey: Survey, progress: ScanProgress): Promise<DamageSummary> {
  const damage = new DamageReport();
  const fileOf = new Map<Source, number>();
  for (const source of archive.recordings) {
    fileOf.set(source, survey.beginFile());
    damage.add(source.name, source.damage);
  }
  progress.begin();
  for await (const run of archive.pass({ prime: false }).timeline) {
    progress.path = run.source.name;
    if (run.first === 0) damage.add(run.source.name, run.batch.damage);
    survey.add(run, fileOf.get(run.source) as number);
    progress.share = run.shareAtEnd;
  }
  return damage.summary(archive.changes);
}

/** Sorts files by their first time; files without one come last, in the order in which they were given. */
function inOrder(files: readonly FileInfo[]): FileInfo[] {
  const timeOf = ({ firstRowS }: FileInfo) =>
    Number.isNaN(firstRowS) ? Number.POSITIVE_INFINITY : firstRowS;
  const compare = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);
  return [...files].sort((a, b) => compare(timeOf(a), timeOf(b)));
}

class ScanProgress {
  path = '';
  share = 0;
  private readonly _survey: Survey;
  private _beganMs = Date.now();

  constructor(survey: Survey) {
    this._survey = survey;
  }

  begin(): void {
    this._beganMs = Date.now();
  }

  now(): InfoProgress {
    const elapsedS = (Date.now() - this._beganMs) / 1000;
    const leftS = this.share === 0 ? Number.NaN : (elapsedS * (1 - this.share)) / this.share;
    return { path: this.path, events: this._survey.events, share: this.share, elapsedS, leftS };
  }
}
