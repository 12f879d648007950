import { setTimeout as delay } from 'node:timers/promises';
import type { ReplayOutcome } from '../measure/outcome.js';
import type { Tally } from '../measure/tally.js';
import type { LatePolicy } from '../pacing/late-policy.js';
import type { Pacer } from '../pacing/pacer.js';
import type { Pass } from '../timeline/archive.js';
import type { Run } from '../timeline/timeline.js';
import type { Part } from '../zmq/publisher.js';

/** What is played: an archive. */
export interface Playable {
  /** Due time of the last event in Unix seconds; -Infinity where none is known. */
  readonly lastTimeS: number;
  /** Begins at the first event. */
  pass(options: { readonly prime: boolean }): Pass;
  /** Begins at the first event that is played at or behind a recorded time, in Unix seconds. */
  seek(timeS: number, options: { readonly prime: boolean }): Promise<Pass>;
}

/** Where events go: a publisher. */
export interface Sink {
  send(parts: Part[]): void;
}

/** Whether a night is yet to be played, is being played, or was. */
export type PlayerPhase = 'before' | 'playing' | 'after';

export interface PlayerOptions {
  readonly prime: boolean;
  /** Infinity: without end. */
  readonly loop: number;
  readonly loopDelayS: number;
  /** Infinity: no limit. */
  readonly limit: number;
  readonly onLate: LatePolicy;
  readonly lateAfterMs: number;
}

/** Who ended a replay before its end: a program, or a person at the controls. */
export type StopReason = 'abort' | 'quit';

type Ending = ReplayOutcome['endedBy'];

interface Stage {
  readonly night: Playable;
  readonly sink: Sink;
}

interface Step {
  /** Undefined: the next event, whatever its topic. */
  readonly topic: string | undefined;
  readonly resolve: (event: SteppedEvent | undefined) => void;
}

/** What comes at a time that was asked for. */
interface Found {
  readonly seek: Seek;
  readonly pass: Pass;
}

interface Seek {
  readonly timeS: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends the events of a night, each at its moment, and does what it is told in between: each order is taken up before the
 * next event.
 */
export class Player {
  private readonly _pacer: Pacer;
  private readonly _tally: Tally;
  private readonly _options: PlayerOptions;
  private readonly _lateAfterNs: number;

  /** Whether there is something to attend to before the next event. */
  private _isHeld = false;
  private _stop: StopReason | undefined;
  private _phase: PlayerPhase = 'before';
  private _seek: Seek | undefined;
  private _found: Found | undefined;
  private readonly _steps: Step[] = [];
  /** The step whose event is at hand. */
  private _lastStep: Step | undefined;
  /** Is aborted, and made anew, by each order, so that a wait ends. */
  private _interrupt = new AbortController();
  private readonly _stopped = new AbortController();

  constructor(pacer: Pacer, tally: Tally, options: PlayerOptions) {
    this._pacer = pacer;
    this._tally = tally;
    this._options = options;
    this._lateAfterNs = options.onLate === 'catch-up' ? Number.POSITIVE_INFINITY : options.lateAfterMs * 1e6;
  }

  get phase(): PlayerPhase {
    return this._phase;
  }

  get isPaused(): boolean {
    return this._pacer.isPaused;
  }

  /** How many times faster than recorded; Infinity: flat out. */
  get speedup(): number {
    return this._pacer.speedup;
  }

  /** Where in the recorded time the replay stands, in Unix seconds; NaN before the first event that has a time. */
  get positionS(): number {
    return this._pacer.positionS;
  }

  /** Is aborted when the replay is told to end. */
  get stopped(): AbortSignal {
    return this._stopped.signal;
  }

  get stoppedBy(): StopReason | undefined {
    return this._stop;
  }

  /**
   * Plays all passes.
   *
   * @param firstPass of the night, whose reading has begun
   * @returns why it ended
   */
  async play(night: Playable, sink: Sink, firstPass: Pass): Promise<Ending> {
    const { loop, loopDelayS } = this._options;
    const stage = { night, sink };
    this._phase = 'playing';
    try {
      for (let number = 1, pass = firstPass; ; number++, pass = night.pass(this._options)) {
        this._pacer.reset();
        this._tally.beginPass(night.lastTimeS);
        const ending = await this._playPass(pass, stage);
        this._tally.gaps = this._pacer.gaps;
        if (ending !== 'end') return ending;
        if (number >= loop || !this._tally.hasPlayed) return 'end';
        await delay(1000 * loopDelayS, undefined, { signal: this.stopped });
      }
    } finally {
      this._phase = 'after';
      this._dismiss();
    }
  }

  /** Sends nothing more until `resume`, nor what is left of steps. */
  pause(): void {
    this._giveUpSteps();
    this._halt();
  }

  /** Goes on as if there had been no pause. */
  resume(): void {
    if (!this.isPaused) return;
    this._tally.paused(this._pacer.resume());
    this._tally.replan(this._pacer.nowNs);
    this._giveUpSteps();
    this._order();
  }

  /** @param speedup above 0; Infinity: flat out */
  changeSpeed(speedup: number): void {
    this._pacer.changeSpeed(speedup);
    this._tally.replan(this._pacer.nowNs, speedup);
    this._order();
  }

  /**
   * Pauses, and sends the next event; with a topic, all events up to its next one.
   *
   * @returns the event sent last; undefined where the events end before
   */
  step(topic?: string): Promise<SteppedEvent | undefined> {
    this._halt();
    return new Promise((resolve) => {
      this._steps.push({ topic, resolve });
      this._order();
    });
  }

  /**
   * Goes on from another recorded time. Settles when the event that comes next is there.
   *
   * @param timeS Unix seconds
   */
  seek(timeS: number): Promise<void> {
    this._seek?.resolve();
    return new Promise((resolve, reject) => {
      this._seek = { timeS, resolve, reject };
      this._order();
    });
  }

  /** Ends the replay. */
  stop(why: StopReason): void {
    this._stop ??= why;
    this._stopped.abort();
    this._order();
  }

  private _halt(): void {
    if (this.isPaused) return;
    this._pacer.pause();
    this._order();
  }

  private _giveUpSteps(): void {
    for (const { resolve } of this._steps.splice(0)) resolve(undefined);
  }

  private _order(): void {
    this._isHeld = this._stop !== undefined || this._seek !== undefined || this._pacer.isPaused;
    const interrupted = this._interrupt;
    this._interrupt = new AbortController();
    interrupted.abort();
  }

  private async _playPass(first: Pass, stage: Stage): Promise<Ending> {
    let ending = await this._playFrom(first, undefined, stage);
    while (ending === 'seek') {
      const { seek, pass } = this._found as Found;
      this._found = undefined;
      this._pacer.seek(seek.timeS);
      this._tally.sought();
      this._tally.replan(this._pacer.nowNs);
      ending = await this._playFrom(pass, seek, stage).finally(seek.resolve);
    }
    return ending;
  }

  /**
   * Finds what comes at the time that was asked for last. The pass at hand is there meanwhile: it goes on where the other
   * cannot be had.
   *
   * @returns whether there is something to turn to
   */
  private async _find(seek: Seek, { night }: Stage): Promise<boolean> {
    try {
      const pass = await night.seek(seek.timeS, this._options);
      if (this._seek === seek) {
        this._seek = undefined;
        this._found = { seek, pass };
        this._order();
        return true;
      }
      await pass.timeline.return();
    } catch (error) {
      seek.reject(error);
      if (this._seek === seek) this._seek = undefined;
      this._order();
    }
    return false;
  }

  /** Sends the events of a pass, each at its moment, and before the first of them those of the past. */
  private async _playFrom(pass: Pass, seek: Seek | undefined, stage: Stage): Promise<Ending | 'seek'> {
    const { _pacer: pacer, _tally: tally } = this;
    const { sink } = stage;
    const past = await pass.past;
    // Who jumps while paused wants to see where to. A replay that begins paused may have no subscribers yet.
    let isPrimed = past.length === 0 || seek !== undefined;
    if (seek !== undefined) this._sendPast(past, sink);
    for await (const run of pass.timeline) {
      seek?.resolve();
      tally.beginRun(run);
      const { batch } = run;
      for (let i = run.first; i < run.end; i++) {
        const dueS = batch.dueS[i];
        const topicId = batch.topicIdOf(i);
        if (this._isHeld || pacer.mustWait(dueS)) {
          const ending = await this._bringTo(dueS, batch.topics[topicId], stage);
          if (ending !== undefined) return ending;
        }
        if (!isPrimed) {
          this._sendPast(past, sink);
          pacer.mustWait(dueS);
          isPrimed = true;
        }
        const topic = batch.topicBytes[topicId];
        if (pacer.latenessNs > this._lateAfterNs) {
          const { onLate } = this._options;
          if (onLate === 'abort') return 'late';
          if (onLate === 'drop') {
            pacer.pass(topic.length + batch.endOf(i) - batch.startOf(i));
            tally.dropped(run, i, dueS, pacer.nowNs, pacer.dueNs);
            continue;
          }
          this._shift(pacer.latenessNs);
        }
        const payload = pacer.stamp(batch, i);
        sink.send([topic, payload]);
        const sizeBytes = topic.length + payload.length;
        pacer.pass(sizeBytes);
        tally.sent(run, i, sizeBytes, dueS, pacer.nowNs, pacer.dueNs);
        if (this._lastStep !== undefined) this._endStep(batch.topics[topicId], dueS);
        if (tally.sentEvents >= this._options.limit) return 'limit';
      }
      tally.endRun(run);
    }
    seek?.resolve();
    return this._attendEnd(stage);
  }

  /**
   * Does what was ordered, and waits until the event at hand is due.
   *
   * @returns why the events do not go on with it
   */
  private async _bringTo(dueS: number, topic: string, stage: Stage): Promise<Ending | 'seek' | undefined> {
    const { _pacer: pacer, _tally: tally } = this;
    for (;;) {
      if (this._stop !== undefined) return this._stop;
      if (this._seek !== undefined) {
        if (await this._find(this._seek, stage)) return 'seek';
      } else if (!pacer.isPaused) {
        if (!pacer.mustWait(dueS)) return undefined;
        tally.waitFor(pacer.dueNs);
        await pacer.wait(this._interrupt.signal);
        tally.waited();
      } else if (this._steps.length > 0) {
        const [step] = this._steps;
        // However many events there are up to a topic's next one, the loop turns in between.
        await pacer.turn();
        // It may have been given up meanwhile.
        if (this._steps[0] !== step) continue;
        if (step.topic === undefined || step.topic === topic) this._lastStep = this._steps.shift();
        pacer.begin(dueS);
        pacer.mustWait(dueS);
        tally.replan(pacer.nowNs);
        return undefined;
      } else await this._ordered();
    }
  }

  /** Moves the plan, so that the event at hand is on time, and those after it. */
  private _shift(latenessNs: number): void {
    this._pacer.delay(latenessNs);
    this._tally.shifted(latenessNs);
  }

  /** Sends what a subscriber would know already, at once, with times that lie before those of the first event. */
  private _sendPast(past: readonly Run[], sink: Sink): void {
    for (const { batch, first } of past) {
      sink.send([batch.topicBytes[batch.topicIdOf(first)], this._pacer.stampPast(batch, first)]);
      this._tally.primed();
    }
  }

  private _endStep(topic: string, dueS: number): void {
    this._lastStep?.resolve({ topic, dueS });
    this._lastStep = undefined;
  }

  /** At the end a paused replay waits: it may be sent back. */
  private async _attendEnd(stage: Stage): Promise<Ending | 'seek'> {
    for (;;) {
      if (this._stop !== undefined) return this._stop;
      if (this._seek !== undefined) {
        if (await this._find(this._seek, stage)) return 'seek';
        continue;
      }
      this._giveUpSteps();
      if (!this._pacer.isPaused) return 'end';
      await this._ordered();
    }
  }

  /** Settles with the next order. */
  private _ordered(): Promise<void> {
    const { signal } = this._interrupt;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Answers whoever still waits, when nothing is played any more. */
  private _dismiss(): void {
    this._seek?.resolve();
    this._giveUpSteps();
    this._lastStep?.resolve(undefined);
  }
}

/** An event that was sent while the replay is paused. */
export interface SteppedEvent {
  readonly topic: string;
  /** Recorded time that it is due by, in Unix seconds; NaN: none. */
  readonly dueS: number;
}
