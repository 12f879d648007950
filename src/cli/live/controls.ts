import type { Playback } from '../../playback/playback.js';
import type { TimeZone } from '../../selection/time-zone.js';
import { messageOf } from '../../shared/errors.js';
import { type Action, actionOf } from './key-table.js';
import { LinePrompt } from './line-prompt.js';
import { faster, slower } from './speed-ladder.js';
import { wallText } from './time-axis.js';

/** What keys have power over. */
export type Playable = Pick<
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

/** An order that is being carried out. */
export interface Pending {
  readonly what: string;
  readonly sinceS: number;
}

/** What a person is told for a few seconds. */
export interface Notice {
  readonly text: string;
  readonly isError: boolean;
}

export interface ControlsOptions {
  readonly zone: TimeZone;
  /** Is told that something is to be shown. */
  readonly onChange: () => void;
  readonly onInterrupt: () => void;
  readonly onSuspend: () => void;
  /** Milliseconds on a clock that is not set. */
  readonly nowMs: () => number;
}

const NOTICE_MS = 4000;

interface Order {
  readonly what: string;
  readonly sinceMs: number;
}

/** Gives the orders that keys stand for, and knows what to tell the person at them. */
export class Controls {
  private readonly _playback: Playable;
  private readonly _options: ControlsOptions;
  private readonly _orders = new Set<Order>();
  private _prompt: LinePrompt | undefined;
  private _onAnswer: (text: string) => void = () => {};
  private _notice: (Notice & { readonly untilMs: number }) | undefined;
  private _isHelpShown = false;
  private _lastTopic = '';
  /** Distances that were ordered while a jump is under way: they are made in one. */
  private _distanceS = 0;
  private _isSeekingBy = false;

  constructor(playback: Playable, options: ControlsOptions) {
    this._playback = playback;
    this._options = options;
  }

  /** The line that is asked for. */
  get prompt(): LinePrompt | undefined {
    return this._prompt;
  }

  get notice(): Notice | undefined {
    return this._notice !== undefined && this._options.nowMs() < this._notice.untilMs
      ? this._notice
      : undefined;
  }

  /** The order given last of those that are not carried out yet. */
  get pending(): Pending | undefined {
    const order = [...this._orders].at(-1);
    return order && { what: order.what, sinceS: (this._options.nowMs() - order.sinceMs) / 1000 };
  }

  get isHelpShown(): boolean {
    return this._isHelpShown;
  }

  /** Takes a key, by the name that `Keyboard` gives it. */
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

  /** Takes a text that was pasted: into a line that is asked for, and else not at all. */
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
        this._step();
        break;
      case 'step-to-topic':
        this._ask('topic to step to', this._lastTopic, (topic) => {
          this._lastTopic = topic;
          this._step(topic);
        });
        break;
      case 'go-to-topic':
        this._ask('topic to go to', this._lastTopic, (topic) => {
          this._lastTopic = topic;
          this._goToTopic(topic);
        });
        break;
      case 'next-gap':
        this._order('looking for a silence', async () => {
          const timeS = await playback.nextGap();
          return timeS === undefined ? 'No silence ahead' : `Past a silence, at ${this._time(timeS)}`;
        });
        break;
      case 'go-to-time':
        this._ask('time to go to', '', (time) => this._seek(time));
        break;
      case 'seek':
        this._seek(action.to);
        break;
      case 'seek-by':
        this._seekBy(action.byS);
        break;
      case 'faster':
        this._changeSpeed(faster(playback.status().speedup));
        break;
      case 'slower':
        this._changeSpeed(slower(playback.status().speedup));
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

  private _step(topic?: string): void {
    this._order(topic === undefined ? 'stepping' : `stepping to ${topic}`, async () => {
      const event = await this._playback.step(topic);
      if (event === undefined) return 'No such event sent';
      return `Sent ${event.topic}, recorded ${this._time(event.dueS, 3) || 'without a time'}`;
    });
  }

  private _goToTopic(topic: string): void {
    this._order(`looking for ${topic}`, async () => {
      const timeS = await this._playback.nextEvent(topic);
      return timeS === undefined ? `No event of ${topic} ahead` : `${topic} at ${this._time(timeS, 3)}`;
    });
  }

  private _seek(to: string): void {
    this._order('seeking', async () => `At ${this._time(await this._playback.seek(to))}`);
  }

  /** A key that is held down orders faster than a jump is made. */
  private _seekBy(byS: number): void {
    this._distanceS += byS;
    if (this._isSeekingBy) return;
    this._isSeekingBy = true;
    this._order('seeking', async () => {
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

  /** Carries out an order, shows that it is under way, and what came of it. It fails for itself alone. */
  private _order(what: string, act: () => Promise<string | undefined>): void {
    const order = { what, sinceMs: this._options.nowMs() };
    this._orders.add(order);
    act()
      .then(
        (told) => told !== undefined && this._tell(told, false),
        (error: unknown) => this._tell(messageOf(error), true),
      )
      .finally(() => {
        this._orders.delete(order);
        this._options.onChange();
      });
  }

  private _ask(question: string, preset: string, onAnswer: (text: string) => void): void {
    this._prompt = new LinePrompt(question, preset);
    this._onAnswer = onAnswer;
  }

  private _type(prompt: LinePrompt, key: string): void {
    const answer = prompt.press(key);
    if (answer === undefined) return;
    this._prompt = undefined;
    if (answer !== 'canceled') this._onAnswer(answer.text);
  }

  private _tell(told: string, isError: boolean): void {
    this._notice = { text: told, isError, untilMs: this._options.nowMs() + NOTICE_MS };
  }

  /** A recorded time as the clock of the place shows it. @param digits of the second */
  private _time(timeS: number, digits = 0): string {
    const wall = wallText(timeS, this._options.zone);
    if (wall === '' || digits === 0) return wall;
    return `${wall}.${(timeS - Math.floor(timeS)).toFixed(digits + 3).slice(2, 2 + digits)}`;
  }
}
