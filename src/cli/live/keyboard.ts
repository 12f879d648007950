import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream } from 'node:tty';

export interface KeyboardOptions {
  /** Is told a key as `keyName` names it. */
  readonly onKey: (key: string) => void;
  /** Is told what was pasted, where the terminal marks it. */
  readonly onPaste: (text: string) => void;
}

/** The keys of a terminal, one by one, without their being shown or interpreted by it. */
export class Keyboard {
  private readonly _input: ReadStream;
  private readonly _options: KeyboardOptions;
  private _isOpen = false;
  /** Undefined: nothing is being pasted. */
  private _pasted: string | undefined;
  /** A sequence that is not known may be cut off too early: what came with it are not keys. */
  private _isGarbled = false;

  constructor(input: ReadStream, options: KeyboardOptions) {
    this._input = input;
    this._options = options;
    // Nothing is read until it is open.
    input.pause();
    // Before those that look for keys.
    input.on('data', this._onData);
    emitKeypressEvents(input);
    // The terminal is gone. The replay goes on.
    input.on('error', () => this.close());
  }

  open(): void {
    if (this._isOpen) return;
    this._isOpen = true;
    this._pasted = undefined;
    // From the beginning: a shell may have changed it since it was set last.
    this._input.setRawMode(false);
    this._input.setRawMode(true);
    this._input.on('keypress', this._onKeypress);
    this._input.resume();
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this._isOpen) return;
    this.abandon();
    this._input.setRawMode(false);
  }

  /** Takes no more keys, and leaves the terminal to those who have it now. */
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
 * The name of a key: what it types, or as Node names it, with `ctrl-` or `shift-` before it: `q`, `space`, `left`,
 * `shift-left`, `ctrl-c`. Undefined for those that are of no use here, such as all with Alt.
 */
export function keyName(typed: string | undefined, { name, ctrl, meta, shift }: Key): string | undefined {
  if (name === 'escape') return name;
  if (meta === true) return undefined;
  if (name === 'enter') return 'return';
  if (ctrl === true) return name === undefined ? undefined : `ctrl-${name}`;
  if (typed === ' ') return 'space';
  if (typed !== undefined && [...typed].length === 1 && !/\p{Cc}/u.test(typed)) return typed;
  return shift === true && name !== undefined ? `shift-${name}` : name;
}
