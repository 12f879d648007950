import { fileURLToPath } from 'node:url';
import { RunningProgram, requirePython } from './peer.js';

const PROGRAM = fileURLToPath(new URL('../../../test/support/python/user_subscriber.py', import.meta.url));

export interface UserSubscriberOptions {
  /** Prefixes of topics. Default: everything. */
  readonly topics?: readonly string[];
  /** Messages queued at the subscriber. Default 1000. */
  readonly highWaterMark?: number;
  /** Size of the receive buffer in bytes. Default: the system's choice. */
  readonly bufferBytes?: number;
  /** Seconds of work, or of sleep, a message. Default 0. */
  readonly spinS?: number;
  readonly sleepS?: number;
  /** With each message a large block of this file is written, and is on the disk before the next one is taken. Default: none. */
  readonly file?: string;
}

/** A Python subscriber as users write it, which knows nothing of load tests. */
export class UserSubscriber {
  readonly #program: RunningProgram;

  private constructor(program: RunningProgram) {
    this.#program = program;
  }

  static async start(url: string, options: UserSubscriberOptions = {}): Promise<UserSubscriber> {
    const { topics = [], highWaterMark, bufferBytes, spinS, sleepS, file } = options;
    const args = [PROGRAM, url, ...topics];
    const add = (flag: string, value: number | string | undefined) => {
      if (value !== undefined) args.push(flag, String(value));
    };
    add('--hwm', highWaterMark);
    add('--buffer', bufferBytes);
    add('--spin', spinS);
    add('--sleep', sleepS);
    add('--file', file);
    const program = new RunningProgram(requirePython(), args);
    await program.waitForOutput(/^ready$/m);
    return new UserSubscriber(program);
  }

  get pid(): number {
    return this.#program.pid as number;
  }

  /** Holds it up until `release`: it takes nothing, and stays connected. */
  hold(): void {
    this.#program.kill('SIGSTOP');
  }

  release(): void {
    this.#program.kill('SIGCONT');
  }

  /** Number of messages up to the last one that began with `end`; undefined before one came. */
  get ended(): number | undefined {
    const last = [...this.#program.stdout.matchAll(/^ended (\d+)$/gm)].at(-1);
    return last && Number(last[1]);
  }

  kill(): void {
    this.#program.kill('SIGKILL');
  }
}
