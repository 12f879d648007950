/** The result of a prompt; undefined: the line is not complete. */
export type Answer = { readonly text: string } | 'canceled' | undefined;

/** Longer than any topic or time: further characters are dropped. */
const LONGEST = 200;

/** A prompt for one line of text. */
export class LinePrompt {
  readonly question: string;
  /** The answer that an empty line stands for; if this is empty, an empty line cancels. */
  readonly preset: string;
  private _text = '';

  constructor(question: string, preset: string) {
    this.question = question;
    this.preset = preset;
  }

  /** The text typed so far. */
  get text(): string {
    return this._text;
  }

  /** Adds typed or pasted text; of several lines, only the first. */
  type(text: string): void {
    const [line] = text.split(/[\r\n]/, 1);
    this._text = (this._text + line.replace(/\p{Cc}/gu, '')).slice(0, LONGEST);
  }

  /** Handles a key, by the name that `Keyboard` gives it. */
  press(key: string): Answer {
    if (key === 'return') return this._done();
    if (key === 'escape') return 'canceled';
    if (key === 'backspace') this._text = [...this._text].slice(0, -1).join('');
    else if (key === 'ctrl-u') this._text = '';
    else if (key === 'ctrl-w') this._text = this._text.replace(/\S+\s*$/u, '');
    else if (key === 'space') this.type(' ');
    else if ([...key].length === 1) this.type(key);
    return undefined;
  }

  private _done(): Answer {
    const text = this._text.trim() || this.preset;
    return text === '' ? 'canceled' : { text };
  }
}
