import { setTimeout as delay } from 'node:timers/promises';
import type { Batch } from '../batch/batch.js';
import type { ReplayOutcome } from '../measure/outcome.js';
import type { Tally } from '../measure/tally.js';
import type { LatePolicy } from '../pacing/late-policy.js';
import type { Pacer } from '../pacing/pacer.js';
import type { Pass, PassTail, Runs } from '../timeline/archive.js';
import type { Run } from '../timeline/timeline.js';
import type { Part } from '../zmq/publisher.js';
import { Blocking } from './blocking.js';
import {
  PendingCommands,
  type Seek,
  type Step,
  type SteppedEvent,
  type StopReason,
} from './pending-commands.js';
import { PlanNotices } from './plan-notices.js';
import type { TopicFrames } from './topic-frames.js';

/** What a player plays: an archive is one. */
export interface Playable {
  /** Due times of the first and the last event in Unix seconds; not finite: not known. */
  readonly firstTimeS: number;
  readonly lastTimeS: number;
  /** Begins at the first event. */
  pass(options: { readonly prime: boolean }): Pass;
  /** Begins at the first event that is played at or after a recorded time, in Unix seconds. */
  seek(timeS: number, options: { readonly prime: boolean }): Promise<Pass>;
}

/** Where events are sent: a publisher is one. */
export interface Sink {
  /**
   * @returns undefined: the message was sent. A promise: whether it was sent; false: a subscriber had no room for it, and it is
   * to be sent again. A promise is awaited before the next send
   */
  send(parts: Part[]): Promise<boolean> | undefined;
}

/** Whether `play` is still to be called, is running, or has ended. */
export type PlayerPhase = 'before' | 'playing' | 'after';

export interface PlayerOptions {
  /** Whether the state at the start, and at each place that is sought, is sent first. */
  readonly prime: boolean;
  /** Number of passes; Infinity: without end. */
  readonly loop: number;
  /** Time between two passes. */
  readonly loopDelayS: number;
  /** Number of events after which the replay ends; Infinity: no limit. */
  readonly limit: number;
  readonly onLate: LatePolicy;
  /** An event is late after this time. */
  readonly lateAfterMs: number;
  /** Whether it pauses at the end of the last pass, and waits for a seek or a stop. Default false: it ends. */
  readonly staysAtEnd?: boolean;
  /** The topics as they are sent. Default: as they are recorded. */
  readonly frames?: TopicFrames | undefined;
}

type Ending = ReplayOutcome['endedBy'];

interface Stage {
  readonly night: Playable;
  readonly sink: Sink;
}

/** A seek whose events have been found. */
interface Found {
  readonly seek: Seek;
  readonly pass: Pass;
}

const NEXT_EVENT = { isWanted: () => true, untilS: Number.POSITIVE_INFINITY, left: 1 };

/** Sends the events of a night, each when it is due. Commands are taken up between two events. */
export class Player {
  private readonly _pacer: Pacer;
  private readonly _tally: Tally;
  private readonly _options: PlayerOptions;
  private readonly _lateAfterNs: number;
  private readonly _commands = new PendingCommands();
  private readonly _notices: PlanNotices;
  private readonly _blocking: Blocking;
  private _phase: PlayerPhase = 'before';
  private _isCaughtUp = false;

  /** @param notices, blocking default: they tell nothing, and a wait for room has no limit */
  constructor(
    pacer: Pacer,
    tally: Tally,
    options: PlayerOptions,
    notices = new PlanNotices(),
    blocking = new Blocking(tally),
  ) {
    this._pacer = pacer;
    this._tally = tally;
    this._options = options;
    this._notices = notices;
    this._blocking = blocking;
    this._lateAfterNs = options.onLate === 'catch-up' ? Number.POSITIVE_INFINITY : options.lateAfterMs * 1e6;
  }

  get phase(): PlayerPhase {
    return this._phase;
  }

  get isPaused(): boolean {
    return this._pacer.isPaused;
  }

  /** Whether a subscriber has had no room for the next event for more than a second. */
  get isBlocked(): boolean {
    return this._blocking.isLong;
  }

  /** Whether all has been sent that a recording which is followed has so far, and more is waited for. */
  get isCaughtUp(): boolean {
    return this._isCaughtUp;
  }

  /** Times as fast as recorded, or times the rate; Infinity: flat out. */
  get speedup(): number {
    return this._pacer.speedup;
  }

  /** Current position in recorded time, in Unix seconds; NaN before the first event that has a time. */
  get positionS(): number {
    return this._pacer.positionS;
  }

  /** Aborted by `stop`. */
  get stopped(): AbortSignal {
    return this._commands.stopped;
  }

  /** The reason given to `stop`; undefined: it was not called. */
  get stoppedBy(): StopReason | undefined {
    return this._commands.stopReason;
  }

  /**
   * Plays all passes.
   *
   * @param firstPass of the night; its reading has begun
   * @returns why it ended
   */
  async play(night: Playable, sink: Sink, firstPass: Pass): Promise<Ending> {
    const { loop, loopDelayS } = this._options;
    const stage = { night, sink };
    this._phase = 'playing';
    try {
      let pass = firstPass;
      for (let number = 1; ; number++) {
        this._pacer.reset(number === 1 ? 0 : 1e9 * loopDelayS);
        this._tally.beginPass(night);
        const ending = await this._playPass(pass, stage);
        if (ending !== 'end' || number >= loop || !this._tally.hasPlayed) return ending;
        this._pacer.rest(1e9 * loopDelayS);
        await delay(1000 * loopDelayS, undefined, { signal: this.stopped });
        pass = night.pass(this._options);
      }
    } finally {
      this._phase = 'after';
      this._commands.dismiss();
    }
  }

  /** Sends nothing more until `resume`. Steps that have not ended are given up. */
  pause(): void {
    this._commands.giveUpSteps();
    this._halt();
  }

  /** Continues as if there had been no pause. */
  resume(): void {
    if (!this.isPaused) return;
    this._tally.paused(this._pacer.resume());
    this._commands.giveUpSteps();
    this._commands.wake();
  }

  /** @param speedup above 0; Infinity: flat out */
  changeSpeed(speedup: number): void {
    this._pacer.changeSpeed(speedup);
    this._commands.wake();
  }

  /** Sends nothing until `resume`, as `pause`, but lets steps go on. */
  hold(): void {
    this._halt();
  }

  /**
   * Pauses, and sends the next events.
   *
   * @returns the event sent last; undefined if the events end before it, or the step is given up
   */
  step(step: Omit<Step, 'resolve'> = NEXT_EVENT): Promise<SteppedEvent | undefined> {
    this._halt();
    return this._commands.addStep({ ...step });
  }

  /**
   * Continues from another recorded time. Resolves when the next event has been read, or a later seek replaces this one.
   *
   * @param timeS Unix seconds
   */
  seek(timeS: number): Promise<void> {
    return this._commands.addSeek(timeS);
  }

  /** Ends the replay. */
  stop(reason: StopReason): void {
    this._commands.addStop(reason);
  }

  private _halt(): void {
    if (this.isPaused) return;
    this._pacer.pause();
    this._commands.wake();
  }

  private async _playPass(first: Pass, stage: Stage): Promise<Ending> {
    let ending = await this._playFrom(first, undefined, stage);
    while (typeof ending === 'object') {
      const { pass, seek } = ending;
      this._pacer.seek(seek.timeS);
      this._tally.sought();
      ending = await this._playFrom(pass, seek, stage).finally(seek.resolve);
    }
    return ending;
  }

  /**
   * Sends the events of a pass, each when it is due, and before the first of them those of the past.
   *
   * @param seek that led here; undefined: the pass begins at the first event
   * @returns why it ended, or where to continue
   */
  private async _playFrom(pass: Pass, seek: Seek | undefined, stage: Stage): Promise<Ending | Found> {
    const { _pacer: pacer, _tally: tally, _commands: commands } = this;
    const { sink } = stage;
    const past = await pass.past;
    // After a seek the past is sent at once, even while paused, so that the jump shows. A replay that begins paused may
    // not have subscribers yet.
    let isPrimed = past.length === 0 || seek !== undefined;
    if (seek !== undefined) {
      const ending = await this._sendPast(past, stage);
      if (ending !== undefined) return ending;
    }
    for (let runs = pass.timeline, isLater = false; ; isLater = true) {
      for await (const run of runs) {
        seek?.resolve();
        tally.beginRun(run);
        const { batch } = run;
        const frames = this._framesOf(batch);
        for (let i = run.first; i < run.end; i++) {
          // A wrong clock says nothing about when its event is due: it is sent with the events around it.
          const dueS = run.strays?.has(i) === true ? Number.NaN : batch.dueS[i];
          const topicId = batch.topicIdOf(i);
          if (isLater) {
            pacer.meet(dueS);
            isLater = false;
          }
          let isHeld = this._isHeld;
          if (!isHeld) pacer.turnTo(dueS);
          if (!isHeld && pacer.mustWait) {
            // Here, since each further function that waits would make as many objects again, for nearly every event.
            await this._wait(run);
            tally.waited();
            isHeld = this._isHeld;
            if (!isHeld) pacer.turnTo(dueS);
          }
          if (isHeld || pacer.mustWait) {
            const ending = await this._bringTo(dueS, run, batch.topics[topicId], stage);
            if (ending !== undefined) return ending;
          }
          if (!isPrimed) {
            const ending = await this._sendPast(past, stage);
            if (ending !== undefined) return ending;
            pacer.turnTo(dueS);
            isPrimed = true;
          }
          this._notices.played(run, i, pacer);
          const topic = frames[topicId];
          if (pacer.latenessNs > this._lateAfterNs) {
            const { onLate } = this._options;
            if (onLate === 'abort') return 'late';
            if (onLate === 'drop') {
              pacer.sent(topic.length + batch.endOf(i) - batch.startOf(i));
              tally.dropped(run, i);
              continue;
            }
            this._shift(pacer.latenessNs);
          }
          const payload = pacer.stamp(batch, i);
          const sending = sink.send([topic, payload]);
          if (sending !== undefined && !(await sending)) {
            const ending = await this._sendWhenRoom(dueS, run, i, stage);
            if (ending !== undefined) return ending;
          }
          const sizeBytes = topic.length + payload.length;
          pacer.sent(sizeBytes);
          tally.sent(run, i, sizeBytes);
          if (commands.isStepEnding) commands.endStep(this._stepped(batch, i));
          if (tally.sentEvents >= this._options.limit) return 'limit';
        }
        tally.endRun(run);
      }
      seek?.resolve();
      const next = await this._attendEnd(stage, pass.tail);
      if (!isRuns(next)) return next;
      runs = next;
    }
  }

  /**
   * Carries out commands, and waits until an event is due.
   *
   * @returns why the event is not sent; undefined: it is due
   */
  private async _bringTo(
    dueS: number,
    run: Run,
    topic: string,
    stage: Stage,
  ): Promise<Ending | Found | undefined> {
    const { _pacer: pacer, _tally: tally, _commands: commands } = this;
    for (;;) {
      const { stopReason, seek, step } = commands;
      if (stopReason !== undefined) return stopReason;
      if (seek !== undefined) {
        const found = await this._find(seek, stage);
        if (found !== undefined) return found;
      } else if (!pacer.isPaused) {
        pacer.turnTo(dueS);
        if (!pacer.mustWait) return undefined;
        await this._wait(run);
        tally.waited();
      } else if (step !== undefined) {
        // The event loop turns at each event: a step can pass over many until the next one of its topic.
        await pacer.turn();
        // The step may have been given up meanwhile.
        if (commands.step !== step) continue;
        if (dueS > step.untilS) {
          commands.giveUpSteps();
          continue;
        }
        commands.takeStepAt(topic);
        pacer.begin(dueS);
        pacer.turnTo(dueS);
        return undefined;
      } else await commands.next();
    }
  }

  /** Whether commands are to be carried out before an event is sent. */
  private get _isHeld(): boolean {
    return this._commands.isPending || this._pacer.isPaused;
  }

  /** Waits until the pacer's current event is due, or a command comes. */
  private _wait({ source }: Run): Promise<void> {
    this._notices.wait(this._pacer, source);
    return this._pacer.wait(this._commands.interrupted);
  }

  /**
   * Sends an event for which a subscriber had no room. Commands are carried out meanwhile, and the event stays due when it was.
   * An event that a step has begun to send is sent while paused.
   *
   * @param i index of the event in the batch of the run
   * @returns why the event is not sent; undefined: it was sent
   */
  private async _sendWhenRoom(
    dueS: number,
    run: Run,
    i: number,
    stage: Stage,
  ): Promise<Ending | Found | undefined> {
    const { _pacer: pacer, _commands: commands } = this;
    const { batch } = run;
    const topicId = batch.topicIdOf(i);
    let isOfStep = pacer.isPaused;
    const ending = await this._tryAgain(
      async () => {
        if (commands.isPending || (pacer.isPaused && !isOfStep)) {
          this._blocking.end();
          const reason = await this._bringTo(dueS, run, batch.topics[topicId], stage);
          if (reason !== undefined) return reason;
          isOfStep = pacer.isPaused;
        } else pacer.turnTo(dueS);
        return undefined;
      },
      () => stage.sink.send([this._framesOf(batch)[topicId], pacer.stamp(batch, i)]),
    );
    if (ending !== undefined) commands.endStep(undefined);
    return ending;
  }

  /**
   * Tries to send until there is room.
   *
   * @param takeUp carries out commands before each try
   * @returns why nothing was sent; undefined: it was sent
   */
  private async _tryAgain(
    takeUp: () => Promise<Ending | Found | undefined>,
    send: () => Promise<boolean> | undefined,
  ): Promise<Ending | Found | undefined> {
    const { _blocking: blocking } = this;
    try {
      for (;;) {
        if (!(await blocking.wait(this._commands.interrupted))) return 'blocked';
        const ending = await takeUp();
        if (ending !== undefined) return ending;
        if ((await send()) !== false) return undefined;
      }
    } finally {
      blocking.end();
    }
  }

  /**
   * Finds the events at the time of a seek. The present pass is kept meanwhile: it continues if the seek fails.
   *
   * @returns undefined if the seek failed, or a later one has replaced it
   */
  private async _find(seek: Seek, { night }: Stage): Promise<Found | undefined> {
    try {
      const pass = await night.seek(seek.timeS, this._options);
      if (this._commands.takeSeek(seek)) return { seek, pass };
      await pass.timeline.return();
    } catch (error) {
      seek.reject(error);
      this._commands.takeSeek(seek);
    }
    return undefined;
  }

  /** Moves the plan, so that the current event and the later ones are on time. */
  private _shift(latenessNs: number): void {
    this._pacer.delay(latenessNs);
    this._tally.shifted(latenessNs);
  }

  /**
   * Sends what a subscriber would know already, at once, with times before that of the first event.
   *
   * @returns why not all of it was sent; undefined: it was
   */
  private async _sendPast(past: readonly Run[], stage: Stage): Promise<Ending | Found | undefined> {
    const { _commands: commands } = this;
    for (const event of past) {
      const { batch, first } = event;
      const topic = this._framesOf(batch)[batch.topicIdOf(first)];
      const send = () => stage.sink.send([topic, this._pacer.stamp(batch, first)]);
      const takeUp = async () =>
        commands.stopReason ?? (commands.seek && (await this._find(commands.seek, stage)));
      const sending = send();
      if (sending !== undefined && !(await sending)) {
        const ending = await this._tryAgain(takeUp, send);
        if (ending !== undefined) return ending;
      }
      this._tally.primed(event);
    }
    return undefined;
  }

  /** The frames of a batch's topics. */
  private _framesOf(batch: Batch): readonly Buffer[] {
    return this._options.frames?.of(batch) ?? batch.topicBytes;
  }

  private _stepped(batch: Batch, i: number): SteppedEvent {
    const topic = batch.topics[batch.topicIdOf(i)];
    const sentAs = this._options.frames?.renaming?.sentAs(topic);
    return { topic, ...(sentAs !== undefined && { sentAs }), dueS: batch.dueS[i] };
  }

  /**
   * Carries out commands after the last event. While paused, the replay waits here: a seek may lead back.
   *
   * @param tail what may follow: it is waited for
   * @returns why the replay ends, where to continue, or what has followed
   */
  private async _attendEnd(stage: Stage, tail: PassTail | undefined): Promise<Ending | Found | Runs> {
    const { _commands: commands } = this;
    for (let rest = tail; ; ) {
      const { stopReason, seek } = commands;
      if (stopReason !== undefined) return stopReason;
      if (seek !== undefined) {
        const found = await this._find(seek, stage);
        if (found !== undefined) return found;
      } else if (rest !== undefined) {
        const next = await this._caughtUp(rest);
        if (next === undefined) rest = undefined;
        else if (next !== 'interrupted') return next;
      } else {
        commands.giveUpSteps();
        if (!this._pacer.isPaused) {
          if (this._options.staysAtEnd !== true) return 'end';
          this._pacer.pause();
        }
        await commands.next();
      }
    }
  }

  private async _caughtUp(tail: PassTail): Promise<Runs | 'interrupted' | undefined> {
    this._isCaughtUp = true;
    try {
      return await tail.next(this._commands.interrupted);
    } finally {
      this._isCaughtUp = false;
    }
  }
}

function isRuns(value: Ending | Found | Runs): value is Runs {
  return typeof value === 'object' && Symbol.asyncIterator in value;
}
