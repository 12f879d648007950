import { type Action, actionOf } from '../../control/key-table.js';
import { SpeedLadder } from '../../control/speed-ladder.js';
import type { Playback } from '../../playback/playback.js';
import type { TimeZone } from '../../selection/time-zone.js';
import { wallText } from '../../selection/wall-text.js';
import { messageOf } from '../../shared/errors.js';
import { LinePrompt } from './line-prompt.js';

/** What keys control: a playback. */
export type Controllable = Pick<
  Playback,
  | 'status'
  | 'pause'
  | 'resume'
  | 'step'
  | 'changeSpeed'
  | 'seek'
  | 'seekBy'
  | 'nextGap'
  | 'nextEvent'
  | 'quit'
>;

/** A command that is being carried out. */
export interface Pending {
  readonly what: string;
  readonly sinceS: number;
}

/** A message that is shown for a few seconds. */
export interface Notice {
  readonly text: string;
  readonly isError: boolean;
}

export interface ControlsOptions {
  readonly zone: TimeZone;
  /** Called when what is to be shown has changed. */
  readonly onChange: () => void;
  readonly onInterrupt: () => void;
  readonly onSuspend: () => void;
  /** Reads a steady clock, in milliseconds. */
  readonly nowMs: () => number;
}

const NOTICE_MS = 4000;

interface Command {
  readonly what: string;
  readonly sinceMs: number;
}

/** Carries out the commands of keys, and holds what is shown about them. */
export class Controls {
  private readonly _playback: Controllable;
  private readonly _options: ControlsOptions;
  private readonly _ladder: SpeedLadder;
  private readonly _commands = new Set<Command>();
  private _prompt: LinePrompt | undefined;
  private _onAnswer: (text: string) => Promise<boolean> = async () => true;
  private _notice: (Notice & { readonly untilMs: number }) | undefined;
  private _isHelpShown = false;
  private _lastTopic = '';
  /** Sum of the distances pressed while a jump is running: the next jump makes them in one. */
  private _distanceS = 0;
  private _isSeekingBy = false;

  constructor(playback: Controllable, options: ControlsOptions) {
    this._playback = playback;
    this._options = options;
    this._ladder = new SpeedLadder(playback.status().speedup);
  }

  /** The line that the user is typing. */
  get prompt(): LinePrompt | undefined {
    return this._prompt;
  }

  get notice(): Notice | undefined {
    return this._notice !== undefined && this._options.nowMs() < this._notice.untilMs
      ? this._notice
      : undefined;
  }

  /** The latest command that is not done. */
  get pending(): Pending | undefined {
    const command = [...this._commands].at(-1);
    return command && { what: command.what, sinceS: (this._options.nowMs() - command.sinceMs) / 1000 };
  }

  get isHelpShown(): boolean {
    return this._isHelpShown;
  }

  /** Handles a key press. @param key its name, as `Keyboard` gives it */
  press(key: string): void {
    const action = actionOf(key);
    const isSignal = action?.do === 'interrupt' || action?.do === 'suspend';
    if (this._prompt !== undefined && !isSignal) this._type(this._prompt, key);
    else if (action === undefined) return;
    else {
      this._notice = undefined;
      try {
        this._obey(action);
      } catch (error) {
        this._tell(messageOf(error), true);
      }
    }
    this._options.onChange();
  }

  /** Inserts pasted text into the line that the user is typing; ignored otherwise. */
  paste(text: string): void {
    if (this._prompt === undefined) return;
    this._prompt.type(text);
    this._options.onChange();
  }

  private _obey(action: Action): void {
    const playback = this._playback;
    switch (action.do) {
      case 'toggle-pause':
        if (playback.status().state === 'paused') playback.resume();
        else playback.pause();
        break;
      case 'step':
        void this._step();
        break;
      case 'step-to-topic':
        this._ask('topic to step to', this._lastTopic, (topic) => {
          this._lastTopic = topic;
          return this._step(topic);
        });
        break;
      case 'go-to-topic':
        this._ask('topic to go to', this._lastTopic, (topic) => {
          this._lastTopic = topic;
          return this._goToTopic(topic);
        });
        break;
      case 'next-gap':
        void this._run('looking for a silence', async () => {
          const timeS = await playback.nextGap();
          return timeS === undefined ? 'No silence ahead' : `Past a silence, at ${this._time(timeS)}`;
        });
        break;
      case 'go-to-time':
        this._ask('time to go to', '', (time) => this._seek(time));
        break;
      case 'seek':
        void this._seek(action.to);
        break;
      case 'seek-by':
        this._seekBy(action.byS);
        break;
      case 'faster':
        this._changeSpeed(this._ladder.faster(playback.status().speedup));
        break;
      case 'slower':
        this._changeSpeed(this._ladder.slower(playback.status().speedup));
        break;
      case 'as-recorded':
        this._changeSpeed(1);
        break;
      case 'help':
        this._isHelpShown = !this._isHelpShown;
        break;
      case 'quit':
        playback.quit();
        break;
      case 'interrupt':
        this._options.onInterrupt();
        break;
      case 'suspend':
        this._options.onSuspend();
        break;
    }
  }

  private _changeSpeed(speedup: number): void {
    this._playback.changeSpeed(speedup === Number.POSITIVE_INFINITY ? 'max' : speedup);
  }

  private _step(topic?: string): Promise<boolean> {
    return this._run(topic === undefined ? 'stepping' : `stepping to ${topic}`, async () => {
      const event = await this._playback.step(topic);
      if (event === undefined) return 'No such event sent';
      return `Sent ${event.topic}, recorded ${this._time(event.dueS, 3) || 'without a time'}`;
    });
  }

  private _goToTopic(topic: string): Promise<boolean> {
    return this._run(`looking for ${topic}`, async () => {
      const timeS = await this._playback.nextEvent(topic);
      if (timeS === undefined) throw new Error(`No event of ${topic} ahead`);
      return `${topic} at ${this._time(timeS, 3)}`;
    });
  }

  private _seek(to: string): Promise<boolean> {
    return this._run('seeking', async () => `At ${this._time(await this._playback.seek(to))}`);
  }

  /** Sums up distances: a key that is held down repeats faster than jumps are made. */
  private _seekBy(byS: number): void {
    this._distanceS += byS;
    if (this._isSeekingBy) return;
    this._isSeekingBy = true;
    void this._run('seeking', async () => {
      try {
        let timeS = Number.NaN;
        while (this._distanceS !== 0) {
          const distanceS = this._distanceS;
          this._distanceS = 0;
          timeS = await this._playback.seekBy(distanceS);
        }
        return Number.isNaN(timeS) ? undefined : `At ${this._time(timeS)}`;
      } finally {
        this._distanceS = 0;
        this._isSeekingBy = false;
      }
    });
  }

  /** Runs a command, shows it as pending, then its result; a failure affects only this command. @returns whether it was done */
  private async _run(what: string, act: () => Promise<string | undefined>): Promise<boolean> {
    const command = { what, sinceMs: this._options.nowMs() };
    this._commands.add(command);
    try {
      const told = await act();
      if (told !== undefined) this._tell(told, false);
      return true;
    } catch (error) {
      this._tell(messageOf(error), true);
      return false;
    } finally {
      this._commands.delete(command);
      this._options.onChange();
    }
  }

  /** @param onAnswer carries out the answer; resolves with whether that was done */
  private _ask(question: string, preset: string, onAnswer: (text: string) => Promise<boolean>): void {
    this._prompt = new LinePrompt(question, preset);
    this._onAnswer = onAnswer;
  }

  private _type(prompt: LinePrompt, key: string): void {
    const answer = prompt.press(key);
    if (answer === undefined) return;
    this._prompt = undefined;
    if (answer !== 'canceled') void this._answer(prompt, answer.text);
  }

  /** Carries out an answer. If that fails, the user gets the line back, to mend it. */
  private async _answer(prompt: LinePrompt, text: string): Promise<void> {
    const onAnswer = this._onAnswer;
    if ((await onAnswer(text)) || this._prompt !== undefined) return;
    this._prompt = prompt;
    this._onAnswer = onAnswer;
    this._options.onChange();
  }

  private _tell(told: string, isError: boolean): void {
    this._notice = { text: told, isError, untilMs: this._options.nowMs() + NOTICE_MS };
  }

  /** A recorded time in local time. @param digits decimals of the second */
  private _time(timeS: number, digits = 0): string {
    const wall = wallText(timeS, this._options.zone);
    if (wall === '' || digits === 0) return wall;
    return `${wall}.${(timeS - Math.floor(timeS)).toFixed(digits + 3).slice(2, 2 + digits)}`;
  }
}
