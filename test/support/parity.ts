import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { requirePython } from './peer.js';

/** Of the repository, seen from dist/test/support/. Python files have no copy in dist. */
const PARITY = fileURLToPath(new URL('../../../test/support/python/parity.py', import.meta.url));

export interface ParityCase {
  /** Where the program is to publish. */
  readonly url: string;
  /** Arguments of the model, but for where it publishes and what it waits for. */
  readonly model: readonly string[];
  /** Files that get what comes from the model, and from the program; `readRecorded` reads them. */
  readonly records: readonly [string, string];
  /** Times are compared by their distance from the first one. */
  readonly rewritten: boolean;
}

/** What differs between two records. */
export interface Comparison {
  readonly equal: boolean;
  /** How many messages did not have two frames. */
  readonly malformed: number;
  /** How many messages each record has. */
  readonly messages: readonly [number, number];
  readonly differing: number;
  /** Seconds, of the rewritten times that were compared. */
  readonly worstTimeError: number;
  /** The first few. */
  readonly differences: readonly { index: number; topic?: string; event?: string; what: string }[];
}

/** A Python process with the model of the reference, and a subscriber each for the model and for a program. */
export class Parity {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  #stderr = '';

  constructor() {
    this.#child = spawn(requirePython(), [PARITY], { stdio: 'pipe' });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#lines = createInterface(this.#child.stdout as NodeJS.ReadableStream);
  }

  /**
   * Runs the model, and a program beside it, and compares what both send, as exactly as only Python's unbounded integers can.
   *
   * @param play runs the program to its end; it must wait for one subscriber
   */
  async compare(parityCase: ParityCase, play: () => Promise<void>): Promise<Comparison> {
    const ready = this.#line();
    this.#child.stdin?.write(`${JSON.stringify(parityCase)}\n`);
    await ready;
    const [compared] = await Promise.all([this.#line(), play()]);
    return JSON.parse(compared);
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  async #line(): Promise<string> {
    const stop = new AbortController();
    const { signal } = stop;
    const ended = once(this.#lines, 'close', { signal }).then(() => {
      throw new Error(`The model has ended: ${this.#stderr}`);
    });
    try {
      const [line] = await Promise.race([once(this.#lines, 'line', { signal }), ended]);
      return line as string;
    } finally {
      stop.abort();
    }
  }
}
