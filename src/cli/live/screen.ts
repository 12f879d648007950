import { createWriteStream, type WriteStream, writeSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Bracketed paste: the terminal marks the beginning and the end of pasted text. */
const MARK_PASTES = '\u001b[?2004h';
const MARK_NO_PASTES = '\u001b[?2004l';
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';
/** Synchronized output: what is between these is shown at once. Terminals that do not know them ignore them. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
const RESTORE = WRAP + SHOW_CURSOR + MARK_NO_PASTES;
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * The last lines of a terminal, redrawn in place.
 *
 * Output is written in libuv's thread pool, and a frame is skipped while the last one is still being written. A
 * terminal that takes no output, or a slow connection to it, therefore does not block the replay, as `process.stderr`
 * would: it writes synchronously.
 */
export class Screen {
  private readonly _fd: number;
  private readonly _size: { readonly columns: number };
  private readonly _stream: WriteStream;
  /** The lines on the screen, and the width that the terminal had when they were drawn. */
  private _lines: readonly string[] = [];
  private _columns = Number.NaN;
  private _isShown = false;
  private _isBroken = false;
  private readonly _restore = () => this._restoreNow();

  /** @param size current size of the terminal, read at each frame */
  constructor(fd: number, size: { readonly columns: number }) {
    this._fd = fd;
    this._size = size;
    this._stream = createWriteStream('', { fd, autoClose: false });
    // The terminal is gone; the replay goes on.
    this._stream.on('error', () => {
      this._isBroken = true;
    });
  }

  /** Replaces the lines shown before. @param lines none is longer than the terminal is wide */
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

  /** Writes text above the lines; the next `draw` draws these again. @param text one or more whole lines */
  print(text: string): void {
    if (this._isBroken) return;
    const clear = this._lines.length > 0 ? this._up() + CLEAR_BELOW : '';
    this._stream.write(clear + text);
    this._lines = [];
  }

  /** Removes the lines and restores the terminal; `draw` begins anew. */
  hide(): void {
    if (this._isBroken || !this._isShown) return;
    this._stream.write(this._up() + CLEAR_BELOW + RESTORE);
    this.abandon();
  }

  /** Forgets the lines without changing a terminal that another process may have now. */
  abandon(): void {
    this._lines = [];
    this._isShown = false;
    process.off('exit', this._restore);
  }

  /** @returns when all output has been written to the terminal */
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

  /** Restores the terminal if the program ends without `hide`. */
  private _restoreNow(): void {
    try {
      writeSync(this._fd, RESTORE);
    } catch {} // The terminal is gone.
  }

  /**
   * The control sequence that moves to the first line. A terminal that became narrower is taken to have wrapped its
   * lines, as most do; on one that cut them off instead, some rows above are overwritten.
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
