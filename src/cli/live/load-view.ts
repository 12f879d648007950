import type { WriteStream } from 'node:tty';
import type { Preparation } from '../../database/preparation.js';
import type { LoadProgress } from '../../loadtest/load-progress.js';
import { plain } from '../../shared/plain-text.js';
import { loadFrame } from './load-frame.js';
import { preparationTask } from './progress-line.js';
import { Screen } from './screen.js';
import { painted } from './styled-text.js';
import { TaskProgress } from './task-progress.js';

const STDERR = 2;
/** Rates that the curve shows. */
const MOST_RATES = 400;

/** Shows a load test on stderr, which has to be a terminal. */
export class LoadView {
  private readonly _output: WriteStream;
  private readonly _screen: Screen;
  private readonly _hasColors: boolean;
  private readonly _preparation = new TaskProgress();
  private readonly _rates: number[] = [];
  private _isClosed = false;

  constructor(output: WriteStream) {
    this._output = output;
    this._screen = new Screen(STDERR, output);
    this._hasColors = output.hasColors();
  }

  /** Shows what is being made before the load begins. */
  prepare(preparation: Preparation): void {
    this._draw([[{ text: this._preparation.line(preparationTask(preparation), this._output.columns) }]]);
  }

  show(progress: LoadProgress): void {
    this._rates.push(progress.offeredPerS);
    if (this._rates.length > MOST_RATES) this._rates.shift();
    this._draw(loadFrame(progress, this._rates, { columns: this._output.columns, rows: this._output.rows }));
  }

  /** Writes a line above the view. */
  note(notice: string): void {
    this._screen.print(`${plain(notice)}\n`);
  }

  /** Restores the terminal. @returns when everything has been written */
  async close(): Promise<void> {
    this._isClosed = true;
    this._screen.hide();
    await this._screen.flushed();
  }

  private _draw(lines: Parameters<typeof painted>[0]): void {
    if (!this._isClosed) this._screen.draw(painted(lines, this._output.columns, this._hasColors));
  }
}
