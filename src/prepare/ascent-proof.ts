import { joined, NO_ROWS, type WalkedRows } from '../database/ascent/ascent-walk.js';
import type { WorkFolders } from '../database/cache/work-folders.js';
import { type OnPreparation, watched } from '../database/preparation.js';
import type { Recording } from '../database/recording.js';
import type { ReadPace } from '../threads/read-pace.js';
import type { TaskRunner } from '../threads/task-runner.js';

/** Parts of a table that are walked one by one, or some at a time. */
const PARTS = 64;

export interface AscentProofOptions {
  /** Parts that are walked at a time, once somebody waits. */
  readonly threads: number;
  readonly folders: WorkFolders;
  readonly onPreparation: OnPreparation | undefined;
  /** Prepares the recording again, with a side index. */
  readonly prepareOtherwise: () => Promise<Recording>;
}

interface Part {
  readonly first: number;
  readonly last: number;
  seen: WalkedRows;
}

/**
 * Finds out whether ids ascend over the attribute table of a recording that was opened on the assumption that they do. All of the
 * table is walked, in steps of some milliseconds: in one thread while the recording is played, and in all threads once somebody waits for
 * the result.
 */
export class AscentProof {
  /** Whether ids were found not to ascend. */
  isRefuted = false;
  private readonly _recording: Recording;
  private readonly _runner: TaskRunner;
  private readonly _options: AscentProofOptions;
  private readonly _parts: readonly Part[];
  private readonly _lanes: Promise<void>[] = [];
  private _begun = 0;
  private _walked = 0;
  private _pace: ReadPace | undefined;
  private _settled: Promise<Recording> | undefined;

  constructor(recording: Recording, runner: TaskRunner, options: AscentProofOptions) {
    this._recording = recording;
    this._runner = runner;
    this._options = options;
    const { first, last } = recording.ascending ?? { first: 0, last: -1 };
    const size = Math.ceil((last - first + 1) / PARTS);
    this._parts = Array.from({ length: PARTS }, (_, i) => ({
      first: first + i * size,
      last: Math.min(last, first + (i + 1) * size - 1),
      seen: NO_ROWS,
    }));
  }

  /** Begins the walk, in one thread. @param pace whether that may rest meanwhile */
  begin(pace: ReadPace): void {
    this._pace = pace;
    this._addLane(1);
  }

  /**
   * Waits for the result, while all threads walk.
   *
   * @returns the recording, to be read from then on: proved, or with a side index
   * @throws TcsReplayError `READ_FAILED`, `WRITE_FAILED`, `WORKER_FAILED`
   */
  settled(): Promise<Recording> {
    this._pace = undefined;
    this._addLane(this._options.threads);
    this._settled ??= this._settle();
    return this._settled;
  }

  private async _settle(): Promise<Recording> {
    const { _recording: recording, _runner: runner } = this;
    const { folders, onPreparation, prepareOtherwise } = this._options;
    const share = () => ({ what: 'ascent' as const, share: this._walked / PARTS });
    await watched(Promise.all(this._lanes), recording.path, share, onPreparation);
    const { isAscending } = this._parts.map(({ seen }) => seen).reduce(joined);
    this.isRefuted ||= !isAscending;
    const rows =
      this.isRefuted || recording.ascending === undefined
        ? undefined
        : { ...recording.ascending, isProved: true };
    await runner.run('keepAscent', { recording, folders, rows });
    return rows === undefined ? prepareOtherwise() : { ...recording, ascending: rows };
  }

  /** @param most number of lanes in all */
  private _addLane(most: number): void {
    while (this._lanes.length < most) {
      const lane = this._walk();
      lane.catch(() => {}); // `_settle` awaits it.
      this._lanes.push(lane);
    }
  }

  /** Walks parts until none is left. */
  private async _walk(): Promise<void> {
    const { _recording: recording, _runner: runner, _parts: parts } = this;
    while (this._begun < PARTS && !this.isRefuted) {
      const part = parts[this._begun];
      this._begun += 1;
      for (let from = part.first; from <= part.last && !this.isRefuted; ) {
        const step = { recording, first: from, last: part.last, pace: this._pace?.words };
        const found = await runner.run('walk', step);
        part.seen = joined(part.seen, found);
        this.isRefuted ||= !part.seen.isAscending;
        if (found.end === undefined) break;
        from = found.end + 1;
      }
      this._walked += 1;
    }
  }
}
