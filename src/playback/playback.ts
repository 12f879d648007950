import type { ReplayOutcome, ReplayProgress } from '../measure/outcome.js';
import type { Tally } from '../measure/tally.js';
import type { TopicRate } from '../measure/topic-rates.js';
import { CHECKS } from '../options/checks.js';
import { parseTimePoint, timeOfPoint } from '../selection/time-point.js';
import { TimeZone } from '../selection/time-zone.js';
import { TcsReplayError } from '../shared/errors.js';
import * as expect from '../shared/expect.js';
import type { Overview } from '../timeline/activity.js';
import type { Archive } from '../timeline/archive.js';
import type { SteppedEvent } from './pending-commands.js';
import type { Player } from './player.js';

/**
 * What a replay is about: it opens databases, waits for subscribers, sends events or pauses, delivers what is still queued,
 * or is done.
 */
export type ReplayState = 'opening' | 'waiting' | 'playing' | 'paused' | 'delivering' | 'ended';

/** Where a replay stands. */
export interface ReplayStatus extends ReplayProgress {
  readonly state: ReplayState;
  /** How many times faster than recorded, or than the rate that was asked for; Infinity: flat out. */
  readonly speedup: number;
  /** When the first and the last event of the recordings are due, in Unix seconds; NaN where that is not known. */
  readonly firstS: number;
  readonly lastS: number;
}

/**
 * What a replay is made of, for its handle.
 *
 * @internal
 */
export interface PlaybackParts {
  readonly player: Player;
  readonly tally: Tally;
  readonly archive: Promise<Archive>;
  readonly outcome: Promise<ReplayOutcome>;
  /** Of times without an offset. */
  readonly timezone: string | undefined;
}

/** A silence of so many recorded seconds is a gap, by default. */
export const DEFAULT_GAP_S = 60;

/**
 * A replay at work, and a hand on its controls. Every order is obeyed before the next event is sent. None loses, repeats
 * or reorders an event, but for those that a jump passes over, or comes back to.
 *
 * An order that needs the databases waits until they are open. When the replay has ended, orders fail with `NOT_PLAYING`.
 */
export class Playback {
  /** What happened, when it is over. Rejects as `replay` does. */
  readonly outcome: Promise<ReplayOutcome>;
  private readonly _player: Player;
  private readonly _tally: Tally;
  private readonly _archive: Promise<Archive>;
  private readonly _zone: TimeZone;
  private _opened: Archive | undefined;
  private _isOver = false;

  /** @internal */
  constructor({ player, tally, archive, outcome, timezone }: PlaybackParts) {
    this._player = player;
    this._tally = tally;
    this._archive = archive;
    this._zone = new TimeZone(timezone);
    this.outcome = outcome;
    archive.then(
      (opened) => {
        this._opened = opened;
      },
      () => {}, // The outcome says so.
    );
    const end = () => {
      this._isOver = true;
    };
    outcome.then(end, end);
  }

  /** Where the replay stands now. */
  status(): ReplayStatus {
    const progress = this._tally.progress();
    const { positionS } = this._player;
    const { firstS, lastS } = this._opened?.extent ?? { firstS: Number.NaN, lastS: Number.NaN };
    return { ...progress, state: this._state(), speedup: this._player.speedup, positionS, firstS, lastS };
  }

  /** Sends nothing more until `resume`. */
  pause(): void {
    this._beAtWork();
    this._player.pause();
  }

  /** Goes on as if there had been no pause. */
  resume(): void {
    this._beAtWork();
    this._player.resume();
  }

  /**
   * Pauses, and sends the next event; with a topic, all events up to the next one of it.
   *
   * @returns the event sent last; undefined where the events end before, or the replay was resumed
   */
  step(topic?: string): Promise<SteppedEvent | undefined> {
    this._beAtWork();
    return this._player.step(topic);
  }

  /**
   * Goes on at another speed, from where it stands.
   *
   * @param speedup times faster than recorded, or than the rate that was asked for: above 0; `max`: flat out
   * @throws TcsReplayError `BAD_OPTION`
   */
  changeSpeed(speedup: number | 'max'): void {
    this._beAtWork();
    this._player.changeSpeed(CHECKS.speedup(speedup, 'the speed'));
  }

  /**
   * Goes on from another recorded time, which is due now; with `prime`, what a subscriber would know there is sent first.
   * Times before the first event count as its time; behind the last one, the replay comes to its end.
   *
   * @param to as for `start`: ISO 8601, Unix seconds, or a distance such as `+90m` (from the first event), `-10m` (from
   *   the last)
   * @returns the time that was gone to, in Unix seconds, when the next event is there
   * @throws TcsReplayError `BAD_OPTION`, `READ_FAILED`
   */
  async seek(to: string | number): Promise<number> {
    const point = parseTimePoint('the time', to, this._zone);
    const { extent } = await this._recordings();
    return this._goTo(timeOfPoint(point, extent));
  }

  /**
   * As `seek`, to a distance from where the replay stands.
   *
   * @param byS recorded seconds; below 0: back
   */
  async seekBy(byS: number): Promise<number> {
    if (!Number.isFinite(byS)) throw expect.badOption('the distance', 'a number of seconds', byS);
    const { firstTimeS } = await this._recordings();
    const { positionS } = this._player;
    return this._goTo((Number.isNaN(positionS) ? firstTimeS : positionS) + byS);
  }

  /**
   * Goes to the end of the next silence, in which no recording has an event of any topic.
   *
   * @param leastS how long the silence is at least, in recorded seconds; above 0, default 60
   * @returns the time that was gone to, in Unix seconds; undefined where there is no such silence ahead
   */
  async nextGap(leastS = DEFAULT_GAP_S): Promise<number | undefined> {
    const archive = await this._recordings();
    const least = expect.above('the length of the gap', leastS, 0);
    const silence = await archive.nextSilence(this._positionIn(archive), least);
    return silence && this._goTo(silence.toS);
  }

  /**
   * Goes to the next event of a topic, past the one sent last.
   *
   * @param topic a name, or a pattern as in `topics`
   * @returns the time that was gone to, in Unix seconds; undefined where there is none ahead
   */
  async nextEvent(topic: string): Promise<number | undefined> {
    const archive = await this._recordings();
    const { positionS } = this._player;
    const afterS = Number.isNaN(positionS) ? Number.NEGATIVE_INFINITY : positionS;
    const timeS = await archive.nextEventOf(topic, afterS);
    return timeS === undefined ? undefined : this._goTo(timeS);
  }

  /**
   * Counts all events that are played, as far as that can be had without decoding them; in a thread.
   *
   * @param bins parts that the time is divided into: 1 or more
   */
  async overview(bins: number): Promise<Overview> {
    const archive = await this._recordings();
    return archive.overview(expect.integer('bins', bins, 1));
  }

  /** The topics that send most at present, those with most first. Their events are counted from the first call on. */
  busiestTopics(most: number): TopicRate[] {
    return this._tally.busiestTopics(most);
  }

  /** Ends the replay, cleanly and with an outcome. */
  quit(): void {
    if (!this._isOver) this._player.stop('quit');
  }

  private _state(): ReplayState {
    if (this._isOver) return 'ended';
    if (this._opened === undefined) return 'opening';
    if (this._player.phase === 'before') return 'waiting';
    if (this._player.phase === 'after') return 'delivering';
    return this._player.isPaused ? 'paused' : 'playing';
  }

  private _beAtWork(): void {
    if (this._isOver || this._player.phase === 'after')
      throw new TcsReplayError('NOT_PLAYING', 'The replay has ended: it takes no orders');
  }

  private async _recordings(): Promise<Archive> {
    this._beAtWork();
    const archive = await this._archive;
    if (archive.recordings.length > 0) return archive;
    throw new TcsReplayError('NOT_PLAYING', 'Mock events have no times to go to: give a database');
  }

  private _positionIn({ firstTimeS }: Archive): number {
    const { positionS } = this._player;
    return Number.isNaN(positionS) ? firstTimeS : positionS;
  }

  private async _goTo(timeS: number): Promise<number> {
    const { firstTimeS } = await this._archive;
    this._beAtWork();
    const toS = timeS < firstTimeS ? firstTimeS : timeS;
    await this._player.seek(toS);
    return toS;
  }
}
