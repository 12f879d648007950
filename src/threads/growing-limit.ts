export interface GrowingLimitOptions {
  /** Most calls at a time. 1 or more. */
  readonly most: number;
  /** How long calls have waited, without a break, when the limit becomes `most`. In milliseconds. */
  readonly growAfterMs: number;
}

/**
 * Lets one call run at a time, and `most` of them once calls have waited for a while. Further calls wait, and begin in
 * their order. The time before the first call has ended does not count: it may be that of a start.
 */
export class GrowingLimit {
  private readonly _most: number;
  private readonly _growAfterMs: number;
  private readonly _waiting: (() => void)[] = [];
  private _limit = 1;
  private _running = 0;
  private _hasEnded = false;
  private _timer: NodeJS.Timeout | undefined;

  constructor({ most, growAfterMs }: GrowingLimitOptions) {
    this._most = most;
    this._growAfterMs = growAfterMs;
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this._running < this._limit) this._running += 1;
    else await this._turn();
    try {
      return await call();
    } finally {
      this._end();
    }
  }

  /** Settles when a call may begin, which then counts as running. */
  private _turn(): Promise<void> {
    return new Promise((resolve) => {
      this._waiting.push(resolve);
      this._watch();
    });
  }

  private _end(): void {
    this._hasEnded = true;
    this._running -= 1;
    this._beginNext();
    this._watch();
  }

  private _beginNext(): void {
    while (this._running < this._limit) {
      const begin = this._waiting.shift();
      if (begin === undefined) return;
      this._running += 1;
      begin();
    }
  }

  /** Grows the limit when calls have waited for long enough. */
  private _watch(): void {
    if (this._waiting.length === 0) {
      clearTimeout(this._timer);
      this._timer = undefined;
    } else if (this._hasEnded && this._limit < this._most) {
      this._timer ??= setTimeout(() => this._grow(), this._growAfterMs).unref();
    }
  }

  private _grow(): void {
    this._limit = this._most;
    this._beginNext();
  }
}
