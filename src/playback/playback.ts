import type { ReplayOutcome, ReplayProgress } from '../measure/outcome.js';
import type { Tally } from '../measure/tally.js';
import type { TopicRate } from '../measure/topic-rates.js';
import { DEFAULT_GAP_S } from '../selection/default-gap.js';
import { parseTimePoint, timeOfPoint } from '../selection/time-point.js';
import { TimeZone } from '../selection/time-zone.js';
import { topicMatcher } from '../selection/topic-pattern.js';
import { TcsReplayError } from '../shared/errors.js';
import * as expect from '../shared/expect.js';
import type { Overview } from '../timeline/activity.js';
import type { Archive, SearchOptions } from '../timeline/archive.js';
import type { SteppedEvent } from './pending-commands.js';
import type { Player } from './player.js';
import type { SearchStatus } from './search-status.js';
import { Searches } from './searches.js';

/** Most events of one step. */
const MOST_STEPS = 1_000_000;

export const REPLAY_STATES = [
  'opening',
  'waiting',
  'playing',
  'blocked',
  'caught-up',
  'paused',
  'delivering',
  'ended',
] as const;

/**
 * What a replay is doing: it opens databases, waits for subscribers, sends events, has waited for more than a second until a
 * subscriber has room for the next event (`blocked`), has sent all that the database it follows has so far and waits for more
 * (`caught-up`), is paused, delivers queued messages, or has ended.
 */
export type ReplayState = (typeof REPLAY_STATES)[number];

/** The progress and the state of a replay. */
export interface ReplayStatus extends ReplayProgress {
  readonly state: ReplayState;
  /** Times as fast as recorded, or times the `rate`; Infinity: flat out. */
  readonly speedup: number;
  /** Due times of the first and the last event of the recordings, in Unix seconds; NaN: not known. */
  readonly firstS: number;
  readonly lastS: number;
  /** Zone of times that are given without an offset, as to `seek`. */
  readonly timezone: string;
  /** The search ahead that is under way, of `step`, `nextEvent` or `nextGap`; undefined: there is none. */
  readonly search: SearchStatus | undefined;
}

/** What a replay is doing, where, and how fast. */
export type PlaybackStanding = Pick<ReplayStatus, 'state' | 'positionS' | 'speedup'>;

/**
 * The parts of a replay that its handle needs.
 *
 * @internal
 */
export interface PlaybackParts {
  readonly player: Player;
  readonly tally: Tally;
  readonly archive: Promise<Archive>;
  readonly outcome: Promise<ReplayOutcome>;
  /** Time zone of times without an offset. */
  readonly timezone: string | undefined;
  /** Whether live publishers set the pace. Default false. */
  readonly isRelay?: boolean;
}

/**
 * Controls a running replay. Every command is carried out before the next event is sent. No command loses, repeats or reorders
 * an event, except that a jump skips events, or goes back to earlier ones.
 *
 * A step or a jump that searches ahead is ended by a later command: pause, resume, step or a jump. It then rejects with
 * `GIVEN_UP`, and has done nothing.
 *
 * A command that needs the databases waits until they are open. After the replay has ended, commands fail with `NOT_PLAYING`.
 */
export class Playback {
  /** What happened, once the replay has ended. Rejects as `replay` does. */
  readonly outcome: Promise<ReplayOutcome>;
  private readonly _player: Player;
  private readonly _tally: Tally;
  private readonly _archive: Promise<Archive>;
  private readonly _zone: TimeZone;
  private readonly _searches: Searches;
  private readonly _isRelay: boolean;
  private _opened: Archive | undefined;
  private _isOver = false;

  /** @internal */
  constructor({ player, tally, archive, outcome, timezone, isRelay = false }: PlaybackParts) {
    this._isRelay = isRelay;
    this._player = player;
    this._tally = tally;
    this._archive = archive;
    this._zone = new TimeZone(timezone);
    this._searches = new Searches(player.stopped);
    this.outcome = outcome;
    archive.then(
      (opened) => {
        this._opened = opened;
      },
      () => {}, // It rejects the outcome.
    );
    const end = () => {
      this._isOver = true;
    };
    outcome.then(end, end);
  }

  /** The current state and progress. */
  status(): ReplayStatus {
    const { firstS, lastS } = this._opened?.extent ?? { firstS: Number.NaN, lastS: Number.NaN };
    return {
      ...this._tally.progress(),
      ...this.standing,
      firstS,
      lastS,
      timezone: this._zone.name,
      search: this._searches.status,
    };
  }

  /** @internal the part of the status that takes no time to find */
  get standing(): PlaybackStanding {
    // A mock event is at the time of its send.
    const { positionS } = this._opened?.isMock === true ? this._tally : this._player;
    return { state: this._state(), speedup: this._player.speedup, positionS };
  }

  /** @internal memory for what recordings read ahead; undefined: none reads ahead, or they are not open yet */
  get readAhead(): Archive['readAhead'] {
    return this._opened?.readAhead;
  }

  /** Stops sending until `resume`. */
  pause(): void {
    this._command();
    this._player.pause();
  }

  /** Continues as if there had been no pause. */
  resume(): void {
    this._command();
    this._player.resume();
  }

  /**
   * Pauses, and sends the next event; with a topic, all events up to and including the next one of it. Events ahead are
   * searched for the topic first, in other threads: where there is none, nothing is sent. Events of live publishers come later, and
   * are waited for.
   *
   * @param to a topic, or a pattern as in `topics`; or the number of events to send, 1 to 1,000,000. Default: 1
   * @returns the event sent last; undefined if the events end before it, or the replay was resumed
   * @throws TcsReplayError `BAD_OPTION` where no event of the topic is ahead: the message names the nearest topic;
   * `GIVEN_UP`: another command came during the search
   */
  async step(to: string | number = 1): Promise<SteppedEvent | undefined> {
    this._beAtWork();
    if (typeof to === 'number') {
      const left = expect.integer('the number of events to step', to, 1, MOST_STEPS);
      this._searches.giveUp();
      return this._player.step({ isWanted: () => true, untilS: Number.POSITIVE_INFINITY, left });
    }
    this._player.hold();
    if (this._isRelay)
      return this._player.step({ isWanted: topicMatcher([to]), untilS: Number.POSITIVE_INFINITY, left: 1 });
    const untilS = await this._searches.run(to, (options) => this._topicAhead(to, options));
    const event = await this._player.step({ isWanted: topicMatcher([to]), untilS, left: 1 });
    const isMissing = event === undefined && untilS !== Number.POSITIVE_INFINITY && this._player.isPaused;
    if (isMissing) throw await this._noneAhead(to, untilS);
    return event;
  }

  /** Where a step to a topic has to end at last, in Unix seconds. @throws TcsReplayError `BAD_OPTION`: none is ahead */
  private async _topicAhead(topic: string, options: SearchOptions): Promise<number> {
    const archive = await this._recordings();
    const afterS = this._afterS;
    if ((await archive.nextEventOf(topic, afterS, options)) !== undefined) return Number.POSITIVE_INFINITY;
    // Of the events at the position itself, some may have been sent.
    if (await archive.hasEventFrom(topic, afterS, options)) return afterS;
    throw await this._noneAhead(topic, afterS);
  }

  private async _noneAhead(topic: string, fromS: number): Promise<TcsReplayError> {
    const archive = await this._recordings();
    const topics = await archive.topicsFrom(fromS);
    const near = expect.nearest(
      topic,
      topics.filter((known) => known !== topic),
    );
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    return expect.badOption('the topic', 'that of an event ahead', topic, hint);
  }

  /**
   * Continues from the current position at another speed.
   *
   * @param speedup times as fast as recorded, or times the `rate`; 0.000001 to 1,000,000,000; `max`: flat out
   * @throws TcsReplayError `BAD_OPTION`, also where live publishers set the pace
   */
  changeSpeed(speedup: number | 'max'): void {
    this._beAtWork();
    if (this._isRelay)
      throw new TcsReplayError(
        'BAD_OPTION',
        'A relay has the pace of its publishers: its speed cannot be changed',
      );
    this._player.changeSpeed(expect.speedup('the speed', speedup));
  }

  /**
   * Continues from another recorded time, which is due now; with `prime`, the last event of each topic before it is sent first.
   * A time before the first event is taken as the time of the first event. A time after the last event ends the replay, or, with
   * `follow`, is taken as the time of the last event.
   *
   * @param to as for `start`: ISO 8601, Unix seconds, or a distance such as `+90m` (from the first event), `-10m` (from
   *   the last)
   * @returns the new position in Unix seconds, once the next event has been read
   * @throws TcsReplayError `BAD_OPTION`, `READ_FAILED`
   */
  async seek(to: string | number): Promise<number> {
    const point = parseTimePoint('the time', to, this._zone);
    this._command();
    const { extent } = await this._recordings();
    return this._goTo(timeOfPoint(point, extent));
  }

  /**
   * As `seek`, by a distance from the current position, or from the first event if none was sent.
   *
   * @param byS recorded seconds, at most 10^11; below 0: back
   * @throws TcsReplayError `BAD_OPTION`, `READ_FAILED`
   */
  async seekBy(byS: number): Promise<number> {
    const distanceS = expect.distanceS('the distance', byS);
    this._command();
    const archive = await this._recordings();
    return this._goTo(this._positionIn(archive) + distanceS);
  }

  /**
   * Begins again with the first event of what is played, which is due now. Resolves when it has been read.
   *
   * @internal
   */
  async restart(): Promise<void> {
    this._command();
    const { firstTimeS } = await this._archive;
    this._beAtWork();
    // Mock events have no times.
    await this._player.seek(Number.isFinite(firstTimeS) ? firstTimeS : 0);
  }

  /**
   * Jumps to the end of the next silence, in which no recording has an event of any topic.
   *
   * @param leastS least length of the silence, in recorded seconds; above 0, default 60
   * @returns the new position in Unix seconds; undefined if no such silence follows
   * @throws TcsReplayError `BAD_OPTION`, `READ_FAILED`; `GIVEN_UP`: another command came during the search
   */
  async nextGap(leastS = DEFAULT_GAP_S): Promise<number | undefined> {
    const least = expect.above('the length of the gap', leastS, 0, expect.LONGEST_SPAN_S);
    this._beAtWork();
    const silence = await this._searches.run('a silence', async ({ signal }) => {
      const archive = await this._recordings();
      return archive.nextSilence(this._positionIn(archive), least, signal);
    });
    return silence && this._goTo(silence.toS);
  }

  /**
   * Jumps to the next event of a topic, after the one sent last.
   *
   * @param topic a name, or a pattern as in `topics`
   * @returns the new position in Unix seconds; undefined if no such event follows
   * @throws TcsReplayError `READ_FAILED`; `GIVEN_UP`: another command came during the search
   */
  async nextEvent(topic: string): Promise<number | undefined> {
    this._beAtWork();
    const timeS = await this._searches.run(topic, async (options) => {
      const archive = await this._recordings();
      return archive.nextEventOf(topic, this._afterS, options);
    });
    return timeS === undefined ? undefined : this._goTo(timeS);
  }

  /**
   * Estimates the number of events over time, without decoding them; in a thread.
   *
   * @param bins number of parts into which the time is divided: 1 or more
   */
  async overview(bins: number): Promise<Overview> {
    const archive = await this._recordings();
    return archive.overview(expect.integer('bins', bins, 1));
  }

  /**
   * The busiest topics at present, those with most events first. Events are counted from the first call on.
   *
   * @param most number of topics returned at most
   */
  busiestTopics(most: number): TopicRate[] {
    return this._tally.busiestTopics(most);
  }

  /** Ends the replay. The outcome resolves with `endedBy: 'quit'`. */
  quit(): void {
    if (!this._isOver) this._player.stop('quit');
  }

  private _state(): ReplayState {
    if (this._isOver) return 'ended';
    if (this._opened === undefined) return 'opening';
    if (this._player.phase === 'before') return 'waiting';
    if (this._player.phase === 'after') return 'delivering';
    if (this._player.isPaused) return 'paused';
    if (this._player.isCaughtUp) return 'caught-up';
    return this._player.isBlocked ? 'blocked' : 'playing';
  }

  /** Begins a command, which ends a search that is under way. */
  private _command(): void {
    this._beAtWork();
    this._searches.giveUp();
  }

  private _beAtWork(): void {
    if (this._isOver || this._player.phase === 'after')
      throw new TcsReplayError('NOT_PLAYING', 'The replay has ended: it takes no orders');
  }

  private async _recordings(): Promise<Archive> {
    this._beAtWork();
    const archive = await this._archive;
    if (archive.recordings.length > 0) return archive;
    if (this._isRelay)
      throw new TcsReplayError(
        'NOT_PLAYING',
        'Live publishers send what happens now: there is no other time to go to',
      );
    throw new TcsReplayError('NOT_PLAYING', 'Mock events have no times to go to: give a database');
  }

  /** The time after which events are ahead, in Unix seconds; -Infinity before the first event. */
  private get _afterS(): number {
    const { positionS } = this._player;
    return Number.isNaN(positionS) ? Number.NEGATIVE_INFINITY : positionS;
  }

  /** The current position, or the first event if none was sent; in Unix seconds. */
  private _positionIn({ firstTimeS }: Archive): number {
    const { positionS } = this._player;
    return Number.isNaN(positionS) ? firstTimeS : positionS;
  }

  private async _goTo(timeS: number): Promise<number> {
    const { firstTimeS, followed, extent } = await this._archive;
    this._beAtWork();
    // What comes after the last event of a database that is followed is not known yet.
    const lastTimeS = followed === undefined ? Number.POSITIVE_INFINITY : extent.lastS;
    const toS = timeS < firstTimeS ? firstTimeS : timeS > lastTimeS ? lastTimeS : timeS;
    await this._player.seek(toS);
    return toS;
  }
}
