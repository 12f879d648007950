import type { FileFacts } from './database/file-facts.js';
import { DatabaseSource, databaseOptions } from './database-source.js';
import { DecoderPool } from './decoder-pool.js';
import * as expect from './expect.js';
import { type ReplayOptions, resolveOptions } from './options.js';
import { ReadAheadBudget } from './read-ahead-budget.js';
import { OBSERVATORY_ZONE } from './selection/time-zone.js';
import { Survey, type SurveyFacts } from './survey/survey.js';

/** What to look at, and how. */
export interface InfoOptions
  extends Pick<ReplayOptions, 'topics' | 'sortBy' | 'speedup' | 'workers' | 'signal'> {
  databases: readonly string[];
  /** Silences longer than this are gaps. Seconds, 0 or more; default 60. */
  gapS?: number;
  /** Time zone of the nights. Default `America/Chicago`, that of the observatory. */
  timezone?: string;
  /** Leave out what takes reading all events. Default false. */
  quick?: boolean;
  /** Is called a few times a second. */
  onProgress?: (progress: InfoProgress) => void;
}

/** Where a scan stands. */
export interface InfoProgress {
  /** The database that is read. */
  readonly path: string;
  readonly events: number;
  /** How much of all databases has been read: 0 to 1. */
  readonly share: number;
  readonly elapsedS: number;
  /** Seconds until it ends, as far as can be told; NaN where it cannot. */
  readonly leftS: number;
}

/** A database, with how many attribute rows it has where they were counted. */
export interface FileInfo extends FileFacts {
  readonly attributes: number | undefined;
}

export interface Info {
  /** In order of their first times. */
  readonly files: readonly FileInfo[];
  /** Undefined where only a quick look was asked for. Its files are in the order of these. */
  readonly survey: SurveyFacts | undefined;
}

export const DEFAULT_GAP_S = 60;
const PROGRESS_INTERVAL_MS = 100;

/**
 * Says what databases hold, as a replay with the same options would find it. Without `quick` all events are read,
 * in threads.
 *
 * @throws TcsReplayError; where `signal` ended it, `WORKER_FAILED`
 */
export async function info(options: InfoOptions): Promise<Info> {
  const { databases, topics, sortBy, speedup, workers, signal, onProgress } = options;
  // As it would be sent with values converted: so that types show.
  const asSeen = { convertNumber: true, convertBool: true, times: 'original' } as const;
  const resolved = resolveOptions({ databases, topics, sortBy, speedup, workers, ...asSeen });
  const survey = new Survey({
    timezone: options.timezone ?? OBSERVATORY_ZONE,
    gapS: expect.atLeast('gapS', options.gapS ?? DEFAULT_GAP_S, 0),
    speedup: resolved.speedup,
  });
  const pool = new DecoderPool(resolved.workers);
  const giveUp = () => void pool.close();
  signal?.addEventListener('abort', giveUp);
  try {
    signal?.throwIfAborted();
    if (options.quick === true) {
      const files = await Promise.all(resolved.databases.map((path) => pool.inspect(path)));
      return { files: inOrder(files.map((file) => ({ ...file, attributes: undefined }))), survey: undefined };
    }
    const budget = new ReadAheadBudget(resolved.readAheadBytes);
    const progress = new ScanProgress(survey);
    const report = onProgress && (() => onProgress(progress.now()));
    const timer = report && setInterval(report, PROGRESS_INTERVAL_MS);
    try {
      const sources = new Map<FileInfo, DatabaseSource>();
      for (const path of resolved.databases) {
        progress.path = path;
        const source = await DatabaseSource.open(pool, path, databaseOptions(resolved, budget));
        const { readPath, schema } = source.recording;
        const [facts, attributes] = await Promise.all([
          pool.inspect(path, readPath),
          pool.run('countAttributes', { path, readPath, schema }),
        ]);
        sources.set({ ...facts, attributes }, source);
      }
      const files = inOrder([...sources.keys()]);
      await scan(
        files.map((file) => sources.get(file) as DatabaseSource),
        survey,
        progress,
      );
      return { files, survey: survey.facts() };
    } finally {
      clearInterval(timer);
    }
  } finally {
    signal?.removeEventListener('abort', giveUp);
    await pool.close();
  }
}

async function scan(
  sources: readonly DatabaseSource[],
  survey: Survey,
  progress: ScanProgress,
): Promise<void> {
  const allBytes = sources.reduce((sum, source) => sum + source.sizeBytes, 0);
  let bytesBefore = 0;
  progress.begin();
  for (const source of sources) {
    progress.path = source.recording.path;
    survey.beginFile();
    for await (const { batch, shareAtEnd } of source.batches()) {
      survey.add(batch);
      progress.share = (bytesBefore + shareAtEnd * source.sizeBytes) / allBytes;
    }
    bytesBefore += source.sizeBytes;
  }
}

/** By the first time, as far as it is known; else in the order in which they were given. */
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
