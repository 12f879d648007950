import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { requirePython } from './peer.js';

const PROGRAM = fileURLToPath(new URL('../../../test/support/python/night_writer.py', import.meta.url));

export interface NightWriterOptions {
  /** Default `delete`: rollback mode. */
  readonly journalMode?: 'delete' | 'truncate' | 'persist' | 'wal';
  /** Default true. */
  readonly hasIndex?: boolean;
}

/** A program in another language that writes a night, order by order, while it is followed. */
export class NightWriter {
  readonly path: string;
  /** Events written so far. */
  events = 0;
  private readonly _child: ChildProcess;
  private readonly _answers: AsyncIterator<string>;

  /** Creates the night. */
  static async start(path: string, { journalMode = 'delete', hasIndex = true }: NightWriterOptions = {}) {
    const writer = new NightWriter(path, [journalMode, hasIndex ? 'index' : 'no-index']);
    await writer._answer('ready');
    return writer;
  }

  private constructor(path: string, args: readonly string[]) {
    this.path = path;
    this._child = spawn(requirePython(), [PROGRAM, path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this._child;
    if (stdout === null) throw new Error('python3 has no output');
    this._answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** Writes events, each in a transaction; `together`: all in one; `in-parts`: each row in one. Settles when they are committed. */
  async write(count: number, how: 'write' | 'together' | 'in-parts' = 'write'): Promise<void> {
    await this._order(`${how} ${count}`);
    this.events += count;
  }

  sql(statement: string): Promise<void> {
    return this._order(`sql ${statement}`);
  }

  /** Dies in a transaction of so many events, of which pages stand in the file already. */
  async die(count: number): Promise<void> {
    await this._order(`open-end ${count}`);
    this._child.kill('SIGKILL');
    await once(this._child, 'close');
  }

  /** Closes the database, and ends. */
  async end(): Promise<void> {
    if (this._child.exitCode !== null || this._child.signalCode !== null) return;
    this._child.stdin?.end();
    await once(this._child, 'close');
  }

  private async _order(order: string): Promise<void> {
    this._child.stdin?.write(`${order}\n`);
    await this._answer('done');
  }

  private async _answer(expected: string): Promise<void> {
    const { value } = await this._answers.next();
    if (value !== expected) throw new Error(`expected ${expected} from the writer, got ${value}`);
  }
}
