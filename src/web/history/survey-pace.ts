import { setTimeout as delay } from 'node:timers/promises';
import type { Playback } from '../../playback/playback.js';

/** Tasks at a time: enough to keep threads busy. While events are sent, the threads that decode them are needed. */
export const MOST_TASKS = 3;
const MOST_WHILE_PLAYING = 1;
/** How long no task is begun after one, by how long that one took, where events are not read as soon as they are sent. */
const REST = 9;
/** Share of the read-ahead that is enough. */
const ENOUGH = 0.5;
/** A rest is over when nothing is played any more: then it is looked at again. */
const LOOK_MS = 100;

/** What is asked of a replay. */
export type PacedBy = Pick<Playback, 'standing' | 'readAhead'>;

/**
 * How soon the past is read for pages. All of it shares the threads that decode events for the replay: while that plays, one task is done at a
 * time, and where events are read no sooner than they are sent, as flat out, in a tenth of the time.
 */
export class SurveyPace {
  private readonly _replay: PacedBy;
  private readonly _nowMs: () => number;
  private _tasks = 0;
  /** Those that wait for their turn, in the order in which they came. */
  private readonly _waiting: (() => void)[] = [];

  /** @param nowMs monotonic milliseconds */
  constructor(replay: PacedBy, nowMs: () => number = () => performance.now()) {
    this._replay = replay;
    this._nowMs = nowMs;
  }

  /** Does a task when it is its turn. @throws what the task throws; the reason of the signal */
  async do<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this._tasks >= this._mostTasks)
      await new Promise<void>((resolve) => {
        this._waiting.push(resolve);
      });
    this._tasks += 1;
    const begunMs = this._nowMs();
    try {
      signal.throwIfAborted();
      return await task();
    } finally {
      void this._rest(this._nowMs() - begunMs).then(() => this._end());
    }
  }

  private get _isPlaying(): boolean {
    return this._replay.standing.state === 'playing';
  }

  private get _mostTasks(): number {
    return this._isPlaying ? MOST_WHILE_PLAYING : MOST_TASKS;
  }

  /** Whether threads are needed for what is sent next. */
  private get _isShort(): boolean {
    const { readAhead } = this._replay;
    return this._isPlaying && readAhead !== undefined && readAhead.heldBytes < ENOUGH * readAhead.totalBytes;
  }

  private async _rest(tookMs: number): Promise<void> {
    const untilMs = this._nowMs() + REST * tookMs;
    for (let leftMs = REST * tookMs; leftMs > 0 && this._isShort; leftMs = untilMs - this._nowMs())
      await delay(Math.min(leftMs, LOOK_MS), undefined, { ref: false });
  }

  private _end(): void {
    this._tasks -= 1;
    // Their number goes up at once, but only in a microtask.
    for (let free = this._mostTasks - this._tasks; free > 0; free--) this._waiting.shift()?.();
  }
}
