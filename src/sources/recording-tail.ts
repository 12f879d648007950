import { setTimeout as delay } from 'node:timers/promises';
import type { Damage } from '../batch/damage.js';
import { SLACK_S } from '../batch/strays.js';
import type { Landmark } from '../database/landmarks.js';
import type { Recording } from '../database/recording.js';
import type { DecoderPool } from '../prepare/decoder-pool.js';
import type { TimeRange } from '../selection/time-ranges.js';
import type { Rest, Tail } from './source.js';

/**
 * Time from one look at the file to the next. A look at one that has changed takes some milliseconds, in which nobody can commit in rollback
 * mode.
 */
const LOOK_INTERVAL_MS = 100;
/**
 * The last event of a table is whole when nothing was written for this time: until then, its writer may still add attributes to
 * it. An event with another one behind it is whole. Where times jump, more events are waited for as long.
 */
const QUIET_MS = 1000;

/** A source whose recording grows. */
export interface Growing {
  /** As far as it is played. */
  readonly recording: Pick<Recording, 'rows'>;
  /** Times that are played, sorted and disjoint; undefined: all are. */
  readonly ranges: readonly TimeRange[] | undefined;
  /**
   * Takes the recording as it is now.
   *
   * @param placeS time that the source had reached, in Unix seconds; NaN: not known
   * @param damage what is reported with the events
   * @returns the events of the rows that were added
   */
  grow(recording: Recording, placeS: number, damage: readonly Damage[]): Rest;
}

/** Follows a database that is being written. */
export class RecordingTail implements Tail {
  private readonly _pool: DecoderPool;
  private readonly _source: Growing;
  private readonly _followForMs: number;
  /** The recording as it was seen last, with all of its rows. */
  private _seen: Recording;
  private _looking: Promise<Recording | undefined> | undefined;
  /** When a look was begun or waited for last, on the steady clock. */
  private _lookedMs = Number.NEGATIVE_INFINITY;
  /** When the file was seen to change last, on the steady clock. */
  private _changedMs = performance.now();
  /** Since when events are held back that were added. */
  private _heldSinceMs: number | undefined;
  /** Time that the source has reached with what was handed over, in Unix seconds; NaN: not known. */
  private _placeS: number;
  private _isToldUnfinished = false;

  /**
   * @param opened of `DecoderPool.follow`; it may be without the last rows, which are found by the first look
   * @param followForS seconds without an addition after which nothing more will come; Infinity: there is no end
   */
  constructor(pool: DecoderPool, source: Growing, opened: Recording, followForS = Number.POSITIVE_INFINITY) {
    this._pool = pool;
    this._source = source;
    this._followForMs = 1000 * followForS;
    const { followed } = opened;
    this._placeS = followed?.placeS ?? Number.NaN;
    this._seen = followed === undefined ? opened : { ...opened, followed: { ...followed, isSettled: false } };
  }

  async next(signal: AbortSignal): Promise<Rest | 'interrupted' | undefined> {
    const beganMs = performance.now();
    for (;;) {
      const restMs = this._lookedMs + LOOK_INTERVAL_MS - performance.now();
      if (restMs > 0) await delay(restMs, undefined, { signal }).catch(() => {});
      if (!(await this._look(signal))) return 'interrupted';
      const added = this._added();
      if (added !== undefined) return added;
      if (this._isOver(performance.now() - beganMs)) return undefined;
    }
  }

  /** Looks at the file. @returns false: `signal` came first, and the next call goes on with this look */
  private async _look(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    this._looking ??= this._pool.grow(this._seen);
    this._lookedMs = performance.now();
    const looked = await orAborted(this._looking, signal);
    if (looked === undefined) return false;
    this._looking = undefined;
    const { value: recording } = looked;
    if (recording === undefined) return true;
    if (recording.followed?.files !== this._seen.followed?.files) this._changedMs = performance.now();
    this._seen = recording;
    this._tellUnfinished();
    return true;
  }

  private _added(): Rest | undefined {
    const { rows, followed } = this._seen;
    if (rows === undefined || followed === undefined) return undefined;
    const damage = this._doubtful();
    const last = this._isQuiet ? rows.last : followed.beforeLast;
    const known = this._source.recording.rows?.last;
    const isMore = last !== undefined && (known === undefined || last > known);
    if (!isMore && damage.length === 0) return undefined;
    this._heldSinceMs ??= performance.now();
    if (followed.isJumping && damage.length === 0 && performance.now() - this._heldSinceMs < QUIET_MS)
      return undefined;
    this._heldSinceMs = undefined;
    const placeS = this._placeS;
    this._placeS = followed.placeS;
    if (isMore) this._handOver(last === rows.last ? followed.last : undefined);
    const to = isMore ? last : known;
    return this._source.grow(
      { ...this._seen, rows: to === undefined ? undefined : { first: rows.first, last: to } },
      placeS,
      damage,
    );
  }

  private _handOver(handedOverLast: Landmark | undefined): void {
    const { followed } = this._seen;
    if (followed !== undefined)
      this._seen = { ...this._seen, followed: { ...followed, handedOverLast, isHandedOverOther: false } };
  }

  /** The event that was sent without attributes which its writer has added since. */
  private _doubtful(): Damage[] {
    const { path, schema, followed } = this._seen;
    const { handedOverLast, isHandedOverOther = false } = followed ?? {};
    if (handedOverLast === undefined || !isHandedOverOther) return [];
    this._handOver(undefined);
    const { row } = handedOverLast;
    this._pool.tell(
      `${path}: attributes of the event in row ${row} were written more than a second after those before: it was sent without them`,
    );
    const { table } = schema.event;
    return [{ table, firstRow: row, lastRow: row, reason: 'doubtful event', lostEvents: 0 }];
  }

  private get _isQuiet(): boolean {
    return performance.now() - this._changedMs >= QUIET_MS;
  }

  private _isOver(waitedMs: number): boolean {
    if (waitedMs >= this._followForMs && this._isQuiet) return true;
    // An event of a log stands at most the slack behind those that are due later.
    const endS = this._source.ranges?.at(-1)?.endS ?? Number.POSITIVE_INFINITY;
    return (this._seen.followed?.reachedS ?? Number.NaN) >= endS + SLACK_S;
  }

  private _tellUnfinished(): void {
    const isUnfinished = this._seen.followed?.isUnfinished === true;
    if (isUnfinished && !this._isToldUnfinished)
      this._pool.tell(
        `${this._seen.path}: its writer has died in a transaction, which has to be undone before anything can be read: ` +
          'waiting until a program opens it that may write',
      );
    this._isToldUnfinished = isUnfinished;
  }
}

/** @returns the value; undefined: `signal` was aborted before */
async function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly value: T } | undefined> {
  let onAbort = () => {};
  try {
    return await new Promise((resolve, reject) => {
      onAbort = () => resolve(undefined);
      signal.addEventListener('abort', onAbort);
      promise.then((value) => resolve({ value }), reject);
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A recording without its last event, of which attributes may be missing yet. */
export function withoutLast(recording: Recording): Recording {
  const { rows, followed } = recording;
  const last = followed?.beforeLast;
  return { ...recording, rows: rows && last !== undefined ? { first: rows.first, last } : undefined };
}
