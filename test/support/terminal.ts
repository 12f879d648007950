import './own-cache.js';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { requirePython } from './peer.js';

/** Of the repository, seen from dist/test/support/. Python files have no copy in dist. */
const TERMINAL = fileURLToPath(new URL('../../../test/support/python/terminal.py', import.meta.url));
const CLI = fileURLToPath(new URL('../../bundle/cli.cjs', import.meta.url));
/** Generous, since tests run on busy machines: it only bounds how long a failure takes. */
const TIMEOUT_MS = 60_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them.
export const COLOR = /\u001b\[\d+m/g;

const running = new Set<Terminal>();

process.on('exit', () => {
  for (const terminal of running) terminal.kill();
});

/** How a program on a terminal ended. */
export interface TerminalOutcome {
  /** Below 0: it was ended by that signal. */
  readonly code: number;
  /** Whether the terminal's modes are those of before. */
  readonly restored: boolean;
}

/** This project's program on a pseudo-terminal, as a job of a shell. What it writes to stdout and stderr comes as one. */
export class Terminal {
  readonly outcome: Promise<TerminalOutcome>;
  readonly #child: ChildProcess;
  #output = '';
  /** The same without colours. */
  #text = '';
  /** Where what has been waited for ends. */
  #seenTo = 0;
  #stops: boolean[] = [];
  #outcome: TerminalOutcome | undefined;
  #onChange = () => {};

  /** @param args of the program; @param env is added to that of this process */
  static play(args: readonly string[], columns = 100, rows = 24, env: Record<string, string> = {}): Terminal {
    return new Terminal(
      [requirePython(), TERMINAL, `${columns}`, `${rows}`, process.execPath, CLI, ...args],
      env,
    );
  }

  private constructor([command, ...args]: readonly string[], env: Record<string, string>) {
    this.#child = spawn(command, args, {
      // As Node sees it, a terminal of a CI service has no colours.
      env: { ...process.env, CI: undefined, TERM: 'xterm-256color', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    running.add(this);
    createInterface(this.#child.stdout as NodeJS.ReadableStream).on('line', (line) => this.#take(line));
    this.outcome = once(this.#child, 'close').then(() => {
      running.delete(this);
      if (this.#outcome === undefined) throw new Error(`The terminal has ended: ${this.#output}`);
      return this.#outcome;
    });
    this.outcome.catch(() => {});
  }

  /** All that was written, with escape sequences. */
  get output(): string {
    return this.#output;
  }

  type(keys: string): void {
    this.#order({ type: keys });
  }

  resize(columns: number, rows: number): void {
    this.#order({ resize: [columns, rows] });
  }

  signal(name: NodeJS.Signals): void {
    this.#order({ signal: name });
  }

  /** Brings the suspended program to the foreground. */
  continue(): void {
    this.#order({ continue: true });
  }

  kill(): void {
    this.#child.stdin?.destroy();
    this.#child.kill('SIGKILL');
  }

  /** Resolves when a pattern is written, behind what was waited for last. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    let found: RegExpExecArray | null = null;
    await this.#wait(`${pattern}`, () => {
      found = pattern.exec(this.#text.slice(this.#seenTo));
      return found !== null;
    });
    const match = found as unknown as RegExpExecArray;
    this.#seenTo += match.index + match[0].length;
    return match;
  }

  /** Resolves when the program is suspended. @returns whether the terminal's modes are those of before */
  async untilStopped(): Promise<boolean> {
    await this.#wait('a stop', () => this.#stops.length > 0);
    return this.#stops.shift() as boolean;
  }

  async #wait(what: string, isThere: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timeout = setTimeout(() => {
        this.kill();
        reject(new Error(`${what} did not come: ${JSON.stringify(this.#text.slice(this.#seenTo))}`));
      }, TIMEOUT_MS);
      this.#onChange = () => {
        if (!isThere()) return;
        clearTimeout(timeout);
        this.#onChange = () => {};
        resolve();
      };
      this.#onChange();
    });
  }

  #order(order: object): void {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  #take(line: string): void {
    const { output, stopped, code, restored } = JSON.parse(line);
    if (output !== undefined) {
      this.#output += output;
      this.#text = this.#output.replace(COLOR, '');
    } else if (stopped === true) this.#stops.push(restored);
    else this.#outcome = { code, restored };
    this.#onChange();
  }
}

/** Ends whatever still runs on terminals. For `after` of a test file. */
export function endTerminals(): void {
  for (const terminal of running) terminal.kill();
}
