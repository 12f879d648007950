import type { ReadStream, WriteStream } from 'node:tty';
import type { Preparation } from '../../database/preparation.js';
import type { Playback, ReplayStatus } from '../../playback/playback.js';
import { TimeAxis } from '../../selection/time-axis.js';
import type { TimeZone } from '../../selection/time-zone.js';
import { messageOf } from '../../shared/errors.js';
import { plain } from '../../shared/plain-text.js';
import type { Overview } from '../../timeline/activity.js';
import { Controls } from './controls.js';
import { isInForeground, JobControl, signalJob } from './job-control.js';
import { Keyboard } from './keyboard.js';
import { liveFrame } from './live-frame.js';
import { preparationTask } from './progress-line.js';
import { Screen } from './screen.js';
import { painted } from './styled-text.js';
import { TaskProgress } from './task-progress.js';

const FRAME_MS = 125;
/** Shortest time between frames: a key causes one at once, unless the last is more recent than this. */
const LEAST_FRAME_MS = 100;
const STDERR = 2;
/** Columns of the state, which stands before what is being made. */
const BESIDE_PREPARATION = 'opening  '.length;
/** More bins than a terminal has columns. */
const OVERVIEW_BINS = 1000;
const OVERVIEW_INTERVAL_MS = 10_000;
const MOST_TOPICS = 5;

export interface LiveViewOptions {
  /** Time zone of the times that are shown and typed. */
  readonly zone: TimeZone;
  /** Aborted when the replay has to stop: the terminal is then restored at once. */
  readonly signal: AbortSignal;
}

/**
 * Shows a replay on stderr, which has to be a terminal, and controls it by the keyboard, if stdin is a terminal too.
 */
export class LiveView {
  private readonly _output: WriteStream;
  private readonly _screen: Screen;
  private readonly _keyboard: Keyboard | undefined;
  private readonly _job: JobControl;
  private readonly _axis: TimeAxis;
  private readonly _signal: AbortSignal;
  private readonly _hasColors: boolean;
  private _playback: Playback | undefined;
  private _controls: Controls | undefined;
  private _overview: Overview | undefined;
  /** When it was asked for, and up to when it goes, in Unix seconds; NaN: it is not there yet. */
  private _overviewMs = Number.NaN;
  private _overviewToS = Number.NaN;
  private _preparation: string | undefined;
  private readonly _progress = new TaskProgress();
  private _isShown = false;
  /** Whether the replay was paused because the process was suspended. */
  private _isHalted = false;
  private _timer: NodeJS.Timeout | undefined;
  private _soon: NodeJS.Timeout | undefined;
  private _drawnMs = Number.NEGATIVE_INFINITY;

  /** Takes over the terminal at once, if this process is in the foreground. */
  constructor(input: ReadStream, output: WriteStream, { zone, signal }: LiveViewOptions) {
    this._output = output;
    this._axis = new TimeAxis(zone);
    this._signal = signal;
    this._screen = new Screen(STDERR, output);
    this._hasColors = output.hasColors();
    if (input.isTTY === true) {
      this._keyboard = new Keyboard(input, {
        onKey: (key) => this._controls?.press(key),
        onPaste: (text) => this._controls?.paste(text),
      });
    }
    this._job = new JobControl({
      onStop: () => this._suspend(),
      onContinue: () => this._continue(),
      onWake: () => this._wake(),
    });
    signal.addEventListener('abort', this._leave);
    output.on('resize', this._draw);
    this._enter();
  }

  /** Shows a replay, and controls it by the keyboard. */
  follow(playback: Playback): void {
    this._playback = playback;
    this._controls = new Controls(playback, {
      zone: this._axis.zone,
      onChange: () => this._drawSoon(),
      onInterrupt: () => signalJob('SIGINT'),
      onSuspend: () => signalJob('SIGTSTP'),
      nowMs: () => performance.now(),
    });
    this._takeOverview(playback);
    this._draw();
  }

  private _takeOverview(playback: Playback): void {
    this._overviewMs = performance.now();
    playback.overview(OVERVIEW_BINS).then(
      (overview) => {
        this._overview = overview;
        this._overviewToS = playback.status().lastS;
      },
      () => {}, // The timeline is of use without counts, and the replay reports what cannot be read.
    );
  }

  /** Of a database that is followed, more has been recorded since. */
  private _renewOverview(playback: Playback, { lastS }: ReplayStatus): void {
    const isOld = performance.now() - this._overviewMs >= OVERVIEW_INTERVAL_MS;
    if (isOld && lastS > this._overviewToS) this._takeOverview(playback);
  }

  /** Shows what is being made before the replay can begin. */
  prepare(preparation: Preparation): void {
    this._preparation = this._progress.line(
      preparationTask(preparation),
      this._output.columns - BESIDE_PREPARATION,
    );
  }

  /** Writes a line above the view. */
  note(notice: string): void {
    this._screen.print(`${plain(notice)}\n`);
    this._drawSoon();
  }

  /** Restores the terminal. @returns when everything has been written */
  async close(): Promise<void> {
    this._leave();
    this._job.close();
    this._signal.removeEventListener('abort', this._leave);
    this._output.off('resize', this._draw);
    await this._screen.flushed();
  }

  private _enter(): void {
    if (this._isShown || !isInForeground()) return;
    this._isShown = true;
    this._keyboard?.open();
    this._timer = setInterval(this._draw, FRAME_MS);
    this._draw();
  }

  private readonly _leave = () => {
    if (!this._isShown) return;
    this._stopDrawing();
    this._keyboard?.close();
    this._screen.hide();
  };

  private _stopDrawing(): void {
    this._isShown = false;
    clearInterval(this._timer);
    clearTimeout(this._soon);
    this._soon = undefined;
  }

  /** Pauses the replay while the process is suspended. */
  private async _suspend(): Promise<void> {
    const playback = this._playback;
    const state = playback?.status().state;
    if (state === 'playing' || state === 'blocked' || state === 'caught-up') {
      playback?.pause();
      this._isHalted = true;
    }
    this._leave();
    await this._screen.flushed();
  }

  private _continue(): void {
    if (this._signal.aborted) return;
    if (this._isHalted) this._playback?.resume();
    this._isHalted = false;
    this._enter();
  }

  /** Takes over the terminal again: a shell had it meanwhile, or still has it. */
  private _wake(): void {
    if (!this._isShown) return;
    this._stopDrawing();
    this._keyboard?.abandon();
    this._screen.abandon();
    this._enter();
  }

  private _drawSoon(): void {
    if (!this._isShown || this._soon !== undefined) return;
    const inMs = Math.max(0, this._drawnMs + LEAST_FRAME_MS - performance.now());
    this._soon = setTimeout(() => {
      this._soon = undefined;
      this._draw();
    }, inMs);
  }

  private readonly _draw = () => {
    try {
      this._drawNow();
    } catch (error) {
      // A failure of the view does not end the replay.
      this._leave();
      this._screen.print(`The view has failed, the replay goes on: ${plain(messageOf(error))}\n`);
    }
  };

  private _drawNow(): void {
    const { _playback: playback, _controls: controls } = this;
    if (!this._isShown || playback === undefined || controls === undefined) return;
    const status = playback.status();
    this._renewOverview(playback, status);
    this._drawnMs = performance.now();
    const size = { columns: this._output.columns, rows: this._output.rows };
    const lines = liveFrame(
      {
        status,
        pending: controls.pending,
        overview: this._overview,
        topics: playback.busiestTopics(MOST_TOPICS),
        axis: this._axis,
        preparation: this._preparation,
        prompt: controls.prompt,
        notice: controls.notice,
        isHelpShown: controls.isHelpShown,
        hasKeyboard: this._keyboard !== undefined,
      },
      size,
    );
    this._screen.draw(painted(lines, size.columns, this._hasColors));
  }
}
