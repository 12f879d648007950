import { spawnSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findPython, RunningProgram } from '../test/peer.js';
import { inCache } from './cache.js';

/** What a receiver got. */
export interface Reception {
  readonly received: number;
  /** Numbers left out between the first event received and the last. */
  readonly lost: number;
  readonly outOfOrder: number;
  /** Messages in which no number was found. */
  readonly unnumbered: number;
  /** Of all frames. */
  readonly bytes: number;
  /** From the first message to the last. */
  readonly seconds: number;
}

/** Which program receives. */
export interface ReceiverChoice {
  readonly language: 'C' | 'Python';
  /** Why it is not the one in C, which is faster than any publisher. */
  readonly reason?: string;
  readonly command: string;
  readonly args: (url: string, count: number, sequenceKey: string) => readonly string[];
}

/** How long nothing must come until it is taken for the end: longer than a publisher may be held up. */
const IDLE_S = 3;
const FIRST_MESSAGE_TIMEOUT_S = 60;

/** Of the repository, seen from dist/bench/. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const C_SOURCE = `${root}bench/peer/subscriber.c`;
const PYTHON_SUBSCRIBER = `${root}test/python/subscriber.py`;

/**
 * Builds the receiver in C, or else takes the one in Python.
 *
 * @throws Error where neither can be had
 */
export function chooseReceiver(): ReceiverChoice {
  const built = buildInC();
  if ('command' in built) {
    return {
      language: 'C',
      command: built.command,
      args: (url, count, sequenceKey) => [url, String(count), String(1000 * IDLE_S), sequenceKey],
    };
  }
  const python = findPython();
  if (python === undefined) {
    throw new Error(
      `No receiver: the one in C cannot be built (${built.reason}), and no python3 can import zmq. Debian: apt-get install libzmq3-dev gcc, or python3-zmq`,
    );
  }
  return {
    language: 'Python',
    reason: built.reason,
    command: python,
    args: (url, count, sequenceKey) => [
      PYTHON_SUBSCRIBER,
      url,
      ...['--count', String(count), '--sequence', sequenceKey],
      ...['--idle', String(IDLE_S), '--timeout', String(FIRST_MESSAGE_TIMEOUT_S)],
    ],
  };
}

function buildInC(): { command: string } | { reason: string } {
  const binary = inCache('subscriber');
  const fresh = `${binary}-${process.pid}`;
  const compiler = process.env.CC ?? 'cc';
  const { error, status, stderr } = spawnSync(compiler, ['-O2', '-o', fresh, C_SOURCE, '-lzmq'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return { reason: `no C compiler ${compiler}: ${error.message}` };
  if (status !== 0) {
    return {
      reason: stderr.split('\n').find((line) => /error|cannot/.test(line)) ?? `cc ended with ${status}`,
    };
  }
  // In one step: another benchmark may be running the one that is there.
  renameSync(fresh, binary);
  return { command: binary };
}

/** A receiver that runs, in a process of its own. */
export class Receiver {
  private readonly _program: RunningProgram;

  private constructor(program: RunningProgram) {
    this._program = program;
  }

  /** Resolves once it has subscribed to everything; it connects as soon as there is a publisher. */
  static async start(
    choice: ReceiverChoice,
    {
      url,
      count,
      sequenceKey,
      timeoutMs,
    }: { url: string; count: number; sequenceKey: string; timeoutMs: number },
  ): Promise<Receiver> {
    const program = new RunningProgram(choice.command, choice.args(url, count, sequenceKey), { timeoutMs });
    await program.waitForOutput(/^ready$/m);
    return new Receiver(program);
  }

  /** Resolves once all has come, or nothing more does. */
  async reception(): Promise<Reception> {
    const { code, stdout, stderr } = await this._program.outcome;
    if (code !== 0) throw new Error(`The receiver ended with ${code}: ${stderr}`);
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Reception;
  }

  /** For when nothing more can come. */
  stop(): void {
    this._program.kill('SIGTERM');
  }
}
