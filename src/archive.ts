import { DatabaseSource, databaseOptions } from './database-source.js';
import type { DecoderPool } from './decoder-pool.js';
import { TcsReplayError } from './errors.js';
import { MockSource } from './mock-event.js';
import type { ResolvedOptions } from './options.js';
import { ReadAheadBudget } from './read-ahead-budget.js';
import { findRecordings, type PassedOver, type RecordingFile } from './recording-files.js';
import type { Source } from './source.js';
import { inOrderOfTime, Timeline } from './timeline.js';

/** All that a replay plays: recordings in order of time, or mock events where none are given. */
export class Archive {
  /** In order of time. */
  readonly sources: readonly Source[];
  /** Files that were found in folders, or by patterns, and that hold no events. */
  readonly passedOver: readonly PassedOver[];

  private constructor(sources: readonly Source[], passedOver: readonly PassedOver[]) {
    this.sources = sources;
    this.passedOver = passedOver;
  }

  /**
   * Finds the recordings, looks into each, and settles what of them is played.
   *
   * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`, `BAD_OPTION`
   */
  static async open(pool: DecoderPool, options: ResolvedOptions): Promise<Archive> {
    if (options.databases.length === 0) return new Archive([new MockSource(options.sleepS)], []);
    const { files, passedOver } = await findRecordings(options.databases);
    const databases = databaseOptions(options, new ReadAheadBudget(options.readAheadBytes));
    const strangers: PassedOver[] = [...passedOver];
    const open = async (file: RecordingFile): Promise<DatabaseSource[]> => {
      try {
        return [await DatabaseSource.open(pool, file.path, databases)];
      } catch (error) {
        if (!isStranger(file, error)) throw error;
        strangers.push({ path: file.path, reason: error.message });
        return [];
      }
    };
    const sources = (await Promise.all(files.map(open))).flat();
    return new Archive(inOrderOfTime(sources), strangers);
  }

  /** Due time of the last event in Unix seconds; -Infinity where none is known. */
  get lastTimeS(): number {
    return this.sources.reduce(
      (last, { lastTimeS }) => (lastTimeS > last ? lastTimeS : last),
      Number.NEGATIVE_INFINITY,
    );
  }

  /** One pass over all that is played. Reading begins with the call. */
  timeline(): Timeline {
    return new Timeline(this.sources);
  }
}

/** Whether a file that nobody has named is merely a database of something else. */
function isStranger({ isNamed }: RecordingFile, error: unknown): error is TcsReplayError {
  return !isNamed && error instanceof TcsReplayError && error.code === 'UNKNOWN_SCHEMA';
}
