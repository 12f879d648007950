import { DatabaseSource, databaseOptions } from './database-source.js';
import type { DecoderPool } from './decoder-pool.js';
import { TcsReplayError } from './errors.js';
import { MockSource } from './mock-event.js';
import type { ResolvedOptions } from './options.js';
import { stateBefore } from './prime.js';
import { ReadAheadBudget } from './read-ahead-budget.js';
import { findRecordings, type PassedOver, type RecordingFile } from './recording-files.js';
import { resolveSelection } from './selection/selection.js';
import type { Extent } from './selection/time-point.js';
import type { Source } from './source.js';
import type { TimeRange } from './time-range.js';
import { inOrderOfTime, type Run, Timeline } from './timeline.js';

/** What is sent in one go from the first event to the last. */
export interface Pass {
  /** The last event of each topic from before the start, in order of time. */
  readonly past: Promise<readonly Run[]>;
  readonly timeline: Timeline;
}

/** All that a replay plays: recordings in order of time, or mock events where none are given. */
export class Archive {
  /** In order of time; of a part of the time, those that can have events in it. */
  readonly sources: readonly Source[];
  /** When the first and the last event of all recordings are due, in Unix seconds; NaN where none has a time. */
  readonly extent: Extent;
  /** Files that were found in folders, or by patterns, and that hold no events. */
  readonly passedOver: readonly PassedOver[];

  private readonly _recordings: readonly DatabaseSource[];
  private readonly _ranges: readonly TimeRange[] | undefined;

  private constructor(
    sources: readonly Source[],
    recordings: readonly DatabaseSource[],
    extent: Extent,
    ranges: readonly TimeRange[] | undefined,
    passedOver: readonly PassedOver[],
  ) {
    this.sources = sources;
    this._recordings = recordings;
    this.extent = extent;
    this._ranges = ranges;
    this.passedOver = passedOver;
  }

  /**
   * Finds the recordings, looks into each, and settles what of them is played.
   *
   * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`, `BAD_OPTION`
   */
  static async open(pool: DecoderPool, options: ResolvedOptions): Promise<Archive> {
    if (options.databases.length === 0) {
      return new Archive([new MockSource(options.sleepS)], [], NO_EXTENT, undefined, []);
    }
    const { files, passedOver } = await findRecordings(options.databases);
    const strangers: PassedOver[] = [...passedOver];
    const databases = databaseOptions(options, new ReadAheadBudget(options.readAheadBytes));
    const open = async (file: RecordingFile): Promise<DatabaseSource[]> => {
      try {
        return [await DatabaseSource.open(pool, file.path, databases)];
      } catch (error) {
        if (!isStranger(file, error)) throw error;
        strangers.push({ path: file.path, reason: error.message });
        return [];
      }
    };
    const recordings = inOrderOfTime((await Promise.all(files.map(open))).flat());
    const extent = extentOf(recordings);
    const { selection } = options;
    if (selection === undefined) return new Archive(recordings, recordings, extent, undefined, strangers);
    const ranges = resolveSelection(selection, extent);
    await Promise.all(recordings.map((recording) => recording.select(ranges)));
    const selected = recordings.filter(({ mayPlay }) => mayPlay);
    return new Archive(selected, recordings, extent, ranges, strangers);
  }

  /** Due time of the last event in Unix seconds; -Infinity where none is known. */
  get lastTimeS(): number {
    return this.sources.reduce(
      (last, { lastTimeS }) => (lastTimeS > last ? lastTimeS : last),
      Number.NEGATIVE_INFINITY,
    );
  }

  /** Begins a pass over all that is played: reading begins with the call. */
  pass({ prime }: { readonly prime: boolean }): Pass {
    const startS = this._ranges?.[0]?.startS ?? Number.NEGATIVE_INFINITY;
    const hasPast = prime && startS !== Number.NEGATIVE_INFINITY;
    const past = hasPast ? stateBefore(this._recordings, startS) : Promise.resolve([]);
    past.catch(() => {}); // Whoever plays awaits it, in its place.
    return { past, timeline: new Timeline(this.sources) };
  }
}

const NO_EXTENT: Extent = { firstS: Number.NaN, lastS: Number.NaN };

function extentOf(recordings: readonly DatabaseSource[]): Extent {
  const known = (times: number[]) => times.filter((timeS) => !Number.isNaN(timeS));
  const firstS = known(recordings.map(({ firstTimeS }) => firstTimeS));
  const lastS = known(recordings.map(({ lastTimeS }) => lastTimeS));
  return firstS.length === 0 || lastS.length === 0
    ? NO_EXTENT
    : { firstS: firstS.reduce((a, b) => Math.min(a, b)), lastS: lastS.reduce((a, b) => Math.max(a, b)) };
}

/** Whether a file that nobody has named is merely a database of something else. */
function isStranger({ isNamed }: RecordingFile, error: unknown): error is TcsReplayError {
  return !isNamed && error instanceof TcsReplayError && error.code === 'UNKNOWN_SCHEMA';
}
