/** Why a replay was ended early: by `signal`, or by a person at the controls. */
export type StopReason = 'abort' | 'quit';

/** An event that was sent by a step. */
export interface SteppedEvent {
  readonly topic: string;
  /** The name that the topic was sent as; absent where none is renamed. */
  readonly sentAs?: string;
  /** Recorded time by which it is due, in Unix seconds; NaN: it has none. */
  readonly dueS: number;
}

/** A command to continue from another recorded time. */
export interface Seek {
  /** Unix seconds. */
  readonly timeS: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A command to send events while paused. */
export interface Step {
  /** Whether an event of a topic counts. */
  readonly isWanted: (topic: string) => boolean;
  /** The step is given up before an event that is due later, in Unix seconds; Infinity: no limit. */
  readonly untilS: number;
  /** Number of events that count until the step ends. */
  left: number;
  readonly resolve: (event: SteppedEvent | undefined) => void;
}

/** The commands that wait until the player takes them up, between two events. */
export class PendingCommands {
  private _stopReason: StopReason | undefined;
  private _seek: Seek | undefined;
  private readonly _steps: Step[] = [];
  /** The step that ends with the current event. */
  private _endingStep: Step | undefined;
  private readonly _stopped = new AbortController();
  /** Aborted, and replaced, at each command. */
  private _interrupt = new AbortController();

  /** Whether a stop or a seek waits. */
  get isPending(): boolean {
    return this._stopReason !== undefined || this._seek !== undefined;
  }

  /** Why the replay has to end; undefined: it goes on. */
  get stopReason(): StopReason | undefined {
    return this._stopReason;
  }

  /** Aborted by the first stop. */
  get stopped(): AbortSignal {
    return this._stopped.signal;
  }

  /** The latest seek that has not been taken. */
  get seek(): Seek | undefined {
    return this._seek;
  }

  /** The step that is next. */
  get step(): Step | undefined {
    return this._steps[0];
  }

  /** Whether a step ends with the current event. */
  get isStepEnding(): boolean {
    return this._endingStep !== undefined;
  }

  /** Aborted by the next command. */
  get interrupted(): AbortSignal {
    return this._interrupt.signal;
  }

  /** Ends the replay. The first reason given counts. */
  addStop(reason: StopReason): void {
    this._stopReason ??= reason;
    this._stopped.abort();
    this.wake();
  }

  /** Replaces a seek that has not been taken, whose promise resolves. @param timeS Unix seconds */
  addSeek(timeS: number): Promise<void> {
    this._seek?.resolve();
    return new Promise((resolve, reject) => {
      this._seek = { timeS, resolve, reject };
      this.wake();
    });
  }

  /** @returns the event that ended the step; undefined if the step was given up */
  addStep(step: Omit<Step, 'resolve'>): Promise<SteppedEvent | undefined> {
    return new Promise((resolve) => {
      this._steps.push({ ...step, resolve });
      this.wake();
    });
  }

  /** Ends the current wait, so that the player sees what has changed. */
  wake(): void {
    const interrupted = this._interrupt;
    this._interrupt = new AbortController();
    interrupted.abort();
  }

  /** Resolves with the next command. */
  next(): Promise<void> {
    const { signal } = this._interrupt;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Takes a seek off the list. @returns false if a later one has replaced it */
  takeSeek(seek: Seek): boolean {
    if (this._seek !== seek) return false;
    this._seek = undefined;
    return true;
  }

  /** Takes the next step off the list if the current event, of `topic`, is the one that ends it. */
  takeStepAt(topic: string): void {
    const [step] = this._steps;
    if (!step.isWanted(topic)) return;
    step.left -= 1;
    if (step.left === 0) this._endingStep = this._steps.shift();
  }

  /** Resolves the step that ends with the current event, which has been sent. */
  endStep(event: SteppedEvent | undefined): void {
    this._endingStep?.resolve(event);
    this._endingStep = undefined;
  }

  /** Gives up the steps that have not ended: their promises resolve with undefined. */
  giveUpSteps(): void {
    for (const { resolve } of this._steps.splice(0)) resolve(undefined);
  }

  /** Resolves all that still waits: nothing is played any more. */
  dismiss(): void {
    this._seek?.resolve();
    this.giveUpSteps();
    this.endStep(undefined);
  }
}
