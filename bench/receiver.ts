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
  /** The number, or its place in the order, of the first event; null where none had one. */
  readonly firstSequence: number | null;
  /** Of all frames. */
  readonly bytes: number;
  /** From the first message to the last. */
  readonly seconds: number;
  /** Messages in which no time was found; undefined where none was looked for. */
  readonly untimed?: number;
  /** Undefined where it was not asked for, or nothing came. */
  readonly lateness?: ArrivalLateness;
  readonly offsets?: Offsets;
}

/** How long after they were due events arrived, by the time of day. */
export interface ArrivalLateness {
  readonly count: number;
  /** Events that arrived before they were due. */
  readonly early: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}

/** How much later than by their recorded times events arrived, by the receiver's steady clock. */
export interface Offsets {
  readonly intervalS: number;
  /** The least of each interval, counted from the first event; null where none came. */
  readonly minimaUs: readonly (number | null)[];
}

/** Which program receives. */
export interface ReceiverChoice {
  readonly language: 'C' | 'Python';
  /** Why it is not the one in C, which is faster than any publisher. */
  readonly reason?: string;
  readonly command: string;
  readonly args: (task: ReceiverTask) => readonly string[];
}

/** What a receiver is to receive. */
export interface ReceiverTask {
  readonly url: string;
  /** It ends after so many events. */
  readonly count: number;
  /** Key of the attribute with an event's number. */
  readonly sequenceKey: string;
  /** File with the places of the events in the order that is expected: see `ranksOf`. Undefined: that of their numbers. */
  readonly ranksPath: string | undefined;
  /** Whether to measure when events arrive, which takes the receiver in C. Undefined: not. */
  readonly arrivals?: ArrivalTask;
  /** How long the first event may take. */
  readonly firstTimeoutMs: number;
  /** How long all may take. */
  readonly timeoutMs: number;
}

/** `lateness`: against the time at which an event was due. `offsets`: against that at which it was recorded. */
export type ArrivalTask =
  | { readonly measure: 'lateness'; readonly timeKey: string }
  | { readonly measure: 'offsets'; readonly timeKey: string; readonly speedup: number };

/** How long nothing must come until it is taken for the end: longer than a publisher may be held up. */
const IDLE_S = 3;
/** How long a receiver may be busy with what has arrived when the publisher has ended. */
const LONGEST_REST_MS = 60_000;

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
      args: ({ url, count, sequenceKey, ranksPath, arrivals, firstTimeoutMs }) => [
        url,
        ...[count, 1000 * IDLE_S, firstTimeoutMs].map(String),
        sequenceKey,
        ranksPath ?? '-',
        ...(arrivals === undefined ? [] : [arrivals.timeKey]),
        ...(arrivals?.measure === 'offsets' ? [String(arrivals.speedup)] : []),
      ],
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
    args: ({ url, count, sequenceKey, ranksPath, firstTimeoutMs }) => [
      PYTHON_SUBSCRIBER,
      url,
      ...['--count', String(count), '--sequence', sequenceKey],
      ...['--idle', String(IDLE_S), '--timeout', String(firstTimeoutMs / 1000)],
      ...(ranksPath === undefined ? [] : ['--ranks', ranksPath]),
    ],
  };
}

/**
 * The receiver in C, which alone measures when events arrive.
 *
 * @throws Error where it cannot be had
 */
export function requireReceiverInC(): ReceiverChoice {
  const choice = chooseReceiver();
  if (choice.language === 'C') return choice;
  throw new Error(
    `No receiver: it takes the one in C to measure when events arrive, and that cannot be built: ${choice.reason}. Debian: apt-get install libzmq3-dev gcc`,
  );
}

function buildInC(): { command: string } | { reason: string } {
  const binary = inCache('subscriber');
  const fresh = `${binary}-${process.pid}`;
  const compiler = process.env.CC ?? 'cc';
  const { error, status, stderr } = spawnSync(compiler, ['-O2', '-o', fresh, C_SOURCE, '-lzmq', '-lm'], {
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
  static async start(choice: ReceiverChoice, task: ReceiverTask): Promise<Receiver> {
    const program = new RunningProgram(choice.command, choice.args(task), { timeoutMs: task.timeoutMs });
    await program.waitForOutput(/^ready$/m);
    return new Receiver(program);
  }

  /** Resolves at the first message; rejects where the receiver ends without one. */
  firstEvent(): Promise<void> {
    return this._program.waitForOutput(/^first$/m);
  }

  /** Resolves once all has come, or nothing more does. For when the publisher has ended. */
  async reception(): Promise<Reception> {
    // Else one that nothing has reached would wait as long as a first event may take.
    const impatience = setTimeout(() => this.stop(), LONGEST_REST_MS);
    const { code, stdout, stderr } = await this._program.outcome.finally(() => clearTimeout(impatience));
    if (code !== 0) throw new Error(`The receiver ended with ${code}: ${stderr}`);
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Reception;
  }

  /** For when nothing more can come. */
  stop(): void {
    this._program.kill('SIGTERM');
  }
}
