/** What became of a line that is typed. */
export type Answer = { readonly text: string } | 'canceled' | undefined;

/** Longer than any topic or time: what goes on beyond was not typed on purpose. */
const LONGEST = 200;

/** One line that a person is asked for. */
export class LinePrompt {
  readonly question: string;
  /** What an empty line stands for; empty: an empty line cancels. */
  readonly preset: string;
  private _text = '';

  constructor(question: string, preset: string) {
    this.question = question;
    this.preset = preset;
  }

  /** What was typed so far. */
  get text(): string {
    return this._text;
  }

  /** Adds what was typed or pasted; of several lines, the first. */
  type(text: string): void {
    const [line] = text.split(/[\r\n]/, 1);
    this._text = (this._text + line.replace(/\p{Cc}/gu, '')).slice(0, LONGEST);
  }

  /** Takes a key, by the name that `Keyboard` gives it. @returns undefined: the line is not done */
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
