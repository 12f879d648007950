import { canDrawOn } from './can-draw-on.js';

const INTERVAL_MS = 1000;
const CLEAR = '\r\u001b[K';

/** A line on stderr that is written anew every second, if stderr is a terminal. */
export class LiveLine {
  private readonly _line: () => string;
  private readonly _timer: NodeJS.Timeout | undefined;

  constructor(line: () => string) {
    this._line = line;
    if (canDrawOn(process.stderr)) this._timer = setInterval(() => this._draw(), INTERVAL_MS).unref();
  }

  /** Writes a line that stays, above the other one. */
  note(notice: string): void {
    process.stderr.write(`${this._timer === undefined ? '' : CLEAR}${notice}\n`);
  }

  /** Removes the line. */
  close(): void {
    if (this._timer === undefined) return;
    clearInterval(this._timer);
    process.stderr.write(CLEAR);
  }

  private _draw(): void {
    process.stderr.write(`${CLEAR}${this._line().slice(0, process.stderr.columns - 1)}`);
  }
}
