import { createWriteStream, type WriteStream, writeSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** What is pasted comes between marks. */
const MARK_PASTES = '\u001b[?2004h';
const MARK_NO_PASTES = '\u001b[?2004l';
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';
/** What is between them is shown at once. Terminals that do not know them pass over them. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
const RESTORE = WRAP + SHOW_CURSOR + MARK_NO_PASTES;
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * The last lines of a terminal, drawn again and again in place.
 *
 * What is written goes through libuv's thread pool, and a frame is left out while one is still on its way: a terminal that
 * takes nothing, or a slow connection to one, holds nobody up. (`process.stderr` would: it writes synchronously.)
 */
export class Screen {
  private readonly _fd: number;
  private readonly _size: { readonly columns: number };
  private readonly _stream: WriteStream;
  /** What is on the screen, and how wide that was then. */
  private _lines: readonly string[] = [];
  private _columns = Number.NaN;
  private _isShown = false;
  private _isBroken = false;
  private readonly _restore = () => this._restoreNow();

  /** @param size of the terminal, as it is at each time */
  constructor(fd: number, size: { readonly columns: number }) {
    this._fd = fd;
    this._size = size;
    this._stream = createWriteStream('', { fd, autoClose: false });
    // The terminal is gone. Nobody looks any more; the replay goes on.
    this._stream.on('error', () => {
      this._isBroken = true;
    });
  }

  /** Shows lines in the place of those shown before; none of them is longer than the terminal is wide. */
  draw(lines: readonly string[]): void {
    if (this._isBroken || this._stream.writableLength > 0) return;
    const { columns } = this._size;
    const up = this._up();
    const isInPlace = columns === this._columns;
    const rows = lines.map((line, i) => (isInPlace && line === this._lines[i] ? '' : CLEAR_LINE + line));
    if (isInPlace && lines.length === this._lines.length && rows.every((row) => row === '')) return;
    const clear = lines.length < this._lines.length || !isInPlace ? CLEAR_BELOW : '';
    const first = isInPlace ? '' : CLEAR_BELOW;
    this._show();
    this._stream.write(
      `${BEGIN_FRAME}${NO_WRAP}${up}${first}${rows.map((row) => `${row}\n`).join('')}${clear}${WRAP}${END_FRAME}`,
    );
    this._lines = lines;
    this._columns = columns;
  }

  /** Writes text above the lines, which are drawn again by the next `draw`. @param text one or more whole lines */
  print(text: string): void {
    if (this._isBroken) return;
    const clear = this._lines.length > 0 ? this._up() + CLEAR_BELOW : '';
    this._stream.write(clear + text);
    this._lines = [];
  }

  /** Takes the lines away, and gives the terminal back as it was; `draw` begins anew. */
  hide(): void {
    if (this._isBroken || !this._isShown) return;
    this._stream.write(this._up() + CLEAR_BELOW + RESTORE);
    this.abandon();
  }

  /** Leaves the lines where they are, and the terminal to those who have it now. */
  abandon(): void {
    this._lines = [];
    this._isShown = false;
    process.off('exit', this._restore);
  }

  /** Settles when all that was written is on the terminal. */
  async flushed(): Promise<void> {
    if (this._isBroken || this._stream.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      this._stream.once('error', () => resolve());
      this._stream.write('', () => resolve());
    });
  }

  private _show(): void {
    if (this._isShown) return;
    this._isShown = true;
    this._stream.write(HIDE_CURSOR + MARK_PASTES);
    process.on('exit', this._restore);
  }

  /** Where a program ends without `hide`. */
  private _restoreNow(): void {
    try {
      writeSync(this._fd, RESTORE);
    } catch {} // The terminal is gone.
  }

  /**
   * Moves to the first line. A terminal that became narrower has broken lines: most do, and those that cut them lose some
   * rows above.
   */
  private _up(): string {
    const { columns } = this._size;
    const rows =
      columns >= this._columns || Number.isNaN(this._columns)
        ? this._lines.length
        : this._lines.reduce((sum, line) => sum + rowsOf(line, columns), 0);
    return rows === 0 ? '\r' : `\r\u001b[${rows}A`;
  }
}

function rowsOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil([...stripVTControlCharacters(line)].length / columns));
}
