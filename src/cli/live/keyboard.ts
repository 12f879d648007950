import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream } from 'node:tty';

export interface KeyboardOptions {
  /** Called with the name of each key: the character it types, or `space`, `left`, `shift-left`, `ctrl-c`. */
  readonly onKey: (key: string) => void;
  /** Called with pasted text, if the terminal supports bracketed paste. */
  readonly onPaste: (text: string) => void;
}

/** Reads the keys of a terminal in raw mode: it neither shows nor interprets them. */
export class Keyboard {
  private readonly _input: ReadStream;
  private readonly _options: KeyboardOptions;
  private _isOpen = false;
  /** Text pasted so far; undefined: nothing is being pasted. */
  private _pasted: string | undefined;
  /** An unknown escape sequence may be cut off too early: the rest of its chunk is not keys. */
  private _isGarbled = false;

  constructor(input: ReadStream, options: KeyboardOptions) {
    this._input = input;
    this._options = options;
    // Read nothing before `open`.
    input.pause();
    // This listener must come before those of emitKeypressEvents.
    input.on('data', this._onData);
    emitKeypressEvents(input);
    // The terminal is gone; the replay goes on.
    input.on('error', () => this.close());
  }

  open(): void {
    if (this._isOpen) return;
    this._isOpen = true;
    this._pasted = undefined;
    // Turn raw mode off first: a shell may have changed it since, and Node would not set it again.
    this._input.setRawMode(false);
    this._input.setRawMode(true);
    this._input.on('keypress', this._onKeypress);
    this._input.resume();
  }

  /** Restores the terminal. */
  close(): void {
    if (!this._isOpen) return;
    this.abandon();
    this._input.setRawMode(false);
  }

  /** Stops reading keys, without changing a terminal that another process may have now. */
  abandon(): void {
    this._isOpen = false;
    this._input.off('keypress', this._onKeypress);
    this._input.pause();
  }

  private readonly _onData = () => {
    this._isGarbled = false;
  };

  private readonly _onKeypress = (typed: string | undefined, key: Key) => {
    if (key.name === 'paste-start') this._pasted = '';
    else if (key.name === 'paste-end') this._endPaste();
    else if (this._pasted !== undefined) this._pasted += typed ?? '';
    else if (key.name === 'undefined') this._isGarbled = true;
    else if (!this._isGarbled) {
      const name = keyName(typed, key);
      if (name !== undefined) this._options.onKey(name);
    }
  };

  private _endPaste(): void {
    const pasted = this._pasted;
    this._pasted = undefined;
    if (pasted !== undefined) this._options.onPaste(pasted);
  }
}

/**
 * The name of a key: the character that it types, or Node's name for it, with `ctrl-` or `shift-` before it: `q`,
 * `space`, `left`, `shift-left`, `ctrl-c`. Undefined for keys that have no use here, such as all with Alt.
 */
function keyName(typed: string | undefined, { name, ctrl, meta, shift }: Key): string | undefined {
  if (name === 'escape') return name;
  if (meta === true) return undefined;
  if (name === 'enter') return 'return';
  if (ctrl === true) return name === undefined ? undefined : `ctrl-${name}`;
  if (typed === ' ') return 'space';
  if (typed !== undefined && [...typed].length === 1 && !/\p{Cc}/u.test(typed)) return typed;
  return shift === true && name !== undefined ? `shift-${name}` : name;
}
