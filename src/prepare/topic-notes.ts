import type { EntryKey } from '../database/cache/cache-folder.js';
import type { WorkFolders } from '../database/cache/work-folders.js';
import type { TopicRow } from '../database/events/event-rows.js';
import { ORDER_VERSION } from '../database/order/order-file.js';
import type { SortBy } from '../database/order/sort-by.js';
import { type OnPreparation, watched } from '../database/preparation.js';
import { isUnchanged } from '../database/recording.js';
import { type AnyRecording, shapeOfEvents } from '../formats/file-recording.js';
import type { TaskRunner } from '../threads/task-runner.js';
import { keptOrMade } from './kept-or-made.js';
import { STATE_VERSION, StateFile, StateFileWriter } from './state-file.js';

/** Events between two checkpoints: their topics are read in some milliseconds. */
export const STRETCH_EVENTS = 16_384;
/** Events per topic between two checkpoints: with many topics the file has at most a byte an event. */
const EVENTS_A_TOPIC = 8;
/** With more topics no further checkpoint is made, to bound memory: events after the last one have to be read. */
const MOST_TOPICS = 1 << 17;

/** Events that follow one another in an order of play. */
export interface Stretch {
  /** The last one, as in `Checkpoint.end`. */
  readonly end: bigint;
  readonly events: number;
  /** Share of the recording that has been read when it ends: 0 to 1. */
  readonly shareAtEnd: number;
  /** The last event of each topic in it, wanted or not, in the order of play. Its reading has begun. */
  readonly states: Promise<readonly TopicRow[]>;
}

/** A recording whose topics are noted. */
export interface Notable {
  readonly recording: AnyRecording;
  /** The order in which its events are played. */
  readonly sortBy: SortBy;
  /** Whether all of it can be read; otherwise the notes are not kept for the next time. */
  readonly isWhole: boolean;
  /** All of its events, in the order of play, in stretches of about `STRETCH_EVENTS`. */
  stretches(): AsyncIterable<Stretch>;
}

export interface NotesOptions {
  /** Stretches that are read at a time: one more than there are threads keeps each of them busy. */
  readonly concurrency: number;
  readonly folders: WorkFolders;
  readonly onPreparation: OnPreparation | undefined;
  /** Called with a sentence where notes that were kept cannot be used. */
  readonly tell: (notice: string) => void;
}

/**
 * Notes of the states of a recording's topics: from the cache, or made and kept there.
 *
 * @returns the notes, which the caller closes
 * @throws TcsReplayError `READ_FAILED`, `WRITE_FAILED`, `WORKER_FAILED`
 */
export async function notesOf(
  notable: Notable,
  runner: TaskRunner,
  { concurrency, folders, onPreparation, tell }: NotesOptions,
): Promise<StateFile> {
  const { recording, sortBy, isWhole } = notable;
  const { identity } = recording;
  const key: EntryKey | undefined =
    identity !== undefined && isWhole && isUnchanged(recording)
      ? {
          source: identity,
          kind: sortBy === 'none' ? 'states' : `states by ${sortBy}`,
          ...shapeOfEvents(recording),
          // Checkpoints are indices in an order file, whose rules may change.
          version: 1000 * ORDER_VERSION + STATE_VERSION,
        }
      : undefined;
  const make = async (made: string) => {
    await note(notable, concurrency, made, onPreparation);
    return isUnchanged(recording);
  };
  return keptOrMade(
    runner,
    folders,
    { path: recording.path, key, make, open: StateFile.open },
    { tell, onPreparation },
  );
}

/** Writes the notes. @param concurrency stretches that are read at a time */
async function note(
  { recording, stretches }: Notable,
  concurrency: number,
  path: string,
  onPreparation: OnPreparation | undefined,
): Promise<void> {
  let share = 0;
  const writeAll = async () => {
    const file = await StateFileWriter.create(path);
    try {
      const notes = new Notes(file);
      const begun: Stretch[] = [];
      const takeFirst = async () => {
        const [stretch] = begun.splice(0, 1);
        await notes.add(stretch);
        share = stretch.shareAtEnd;
      };
      for await (const stretch of stretches()) {
        stretch.states.catch(() => {}); // `takeFirst` awaits it.
        begun.push(stretch);
        if (begun.length === concurrency) await takeFirst();
        if (notes.areFull) break;
      }
      while (begun.length > 0) await takeFirst();
      await notes.finish();
    } finally {
      await file.close();
    }
  };
  await watched(writeAll(), recording.path, () => ({ what: 'states', share }), onPreparation);
}

/** Collects states and makes checkpoints of them. */
class Notes {
  private readonly _file: StateFileWriter;
  /** The last event of each topic, in the order of play. */
  private readonly _last = new Map<string, bigint>();
  private _end: bigint | undefined;
  /** Events since the last checkpoint. */
  private _events = 0;

  constructor(file: StateFileWriter) {
    this._file = file;
  }

  /** Whether there are too many topics for further checkpoints. */
  get areFull(): boolean {
    return this._last.size > MOST_TOPICS;
  }

  async add({ end, events, states }: Stretch): Promise<void> {
    for (const { topic, row } of await states) {
      this._last.delete(topic);
      this._last.set(topic, row);
    }
    this._end = end;
    this._events += events;
    if (this._events >= EVENTS_A_TOPIC * this._last.size) await this._checkpoint();
  }

  async finish(): Promise<void> {
    if (this._events > 0) await this._checkpoint();
    await this._file.finish();
  }

  private async _checkpoint(): Promise<void> {
    if (this._end === undefined || this.areFull) return;
    await this._file.add({ end: this._end, rows: BigInt64Array.from(this._last.values()) });
    this._events = 0;
  }
}
