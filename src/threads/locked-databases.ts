import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../shared/clock.js';
import { TcsReplayError } from '../shared/errors.js';

export interface LockOptions {
  /** Longest time that a task waits for a database that another program has locked, in seconds. 0: it does not wait. */
  readonly busyTimeoutS: number;
  /** Called with a sentence when a database has been locked for a second, and when it is free again. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 200;
/** Shorter locks are not told. */
const TOLD_AFTER_NS = 1e9;

interface Lock {
  readonly sinceNs: number;
  isTold: boolean;
}

/** The databases that tasks find locked by another program. */
export class LockedDatabases {
  private readonly _options: LockOptions;
  /** By path. */
  private readonly _locks = new Map<string, Lock>();

  constructor(options: LockOptions) {
    this._options = options;
  }

  /** Begins the wait of one task. @param path the database as the user gave it */
  begin(path: string): LockWait {
    return new LockWait(path, this._options.busyTimeoutS, () => this._tell(path));
  }

  /** A task that had waited has read the database. */
  free(path: string): void {
    const lock = this._locks.get(path);
    this._locks.delete(path);
    if (lock?.isTold) this._options.onNotice?.(`${path} is no longer locked`);
  }

  private _tell(path: string): void {
    const nowNs = systemClock.nowNs();
    const lock = this._locks.get(path) ?? { sinceNs: nowNs, isTold: false };
    this._locks.set(path, lock);
    if (lock.isTold || nowNs - lock.sinceNs < TOLD_AFTER_NS) return;
    lock.isTold = true;
    this._options.onNotice?.(`${path} is locked by another program, waiting`);
  }
}

/** The wait of one task for a database. */
export class LockWait {
  private readonly _path: string;
  private readonly _timeoutS: number;
  private readonly _tell: () => void;
  private readonly _sinceNs = systemClock.nowNs();
  private _pauseMs = FIRST_PAUSE_MS;

  constructor(path: string, timeoutS: number, tell: () => void) {
    this._path = path;
    this._timeoutS = timeoutS;
    this._tell = tell;
  }

  /**
   * Waits until the task can be tried again.
   *
   * @throws TcsReplayError `DATABASE_LOCKED` where it has waited for too long; the reason of `signal`
   */
  async pause(signal: AbortSignal): Promise<void> {
    this._tell();
    const leftMs = 1000 * this._timeoutS - (systemClock.nowNs() - this._sinceNs) / 1e6;
    if (leftMs <= 0) {
      throw new TcsReplayError(
        'DATABASE_LOCKED',
        `Cannot read ${this._path}: another program has ${this._timeoutS === 0 ? 'locked it' : `kept it locked for ${this._timeoutS} s`}; end that program, raise the busy timeout, or use a copy of the database`,
      );
    }
    await delay(Math.min(this._pauseMs, leftMs), undefined, { signal });
    this._pauseMs = Math.min(2 * this._pauseMs, LONGEST_PAUSE_MS);
  }
}
