import { fileURLToPath } from 'node:url';
import type { Histogram } from 'hdr-histogram-js';
import { latenessHistogram } from '../src/measure/histogram.js';
import { findPython, RunningProgram } from '../test/support/peer.js';
import { HOW_TO_BUILD, peerProgram } from './peer-program.js';
import type { CoursePoint } from './result.js';

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
  /** When the first and the last came, by a clock that all processes share; undefined where the receiver does not say. */
  readonly firstAtS?: number;
  readonly lastAtS?: number;
  /** CPU time of the receiver; undefined where it does not say. */
  readonly cpuS?: number;
  /** Of all messages, in hexadecimal; undefined where it was not asked for. */
  readonly digest?: string;
  /** Messages in which no time was found; undefined where none was looked for. */
  readonly untimed?: number;
  /** Undefined where it was not asked for, or nothing came. */
  readonly lateness?: ArrivalLateness;
  readonly offsets?: Offsets;
  /** Undefined where it was not asked for. */
  readonly course?: readonly CoursePoint[];
}

/** How long after they were due events arrived, by the time of day. */
export interface ArrivalLateness {
  /** Events that arrived before they were due; they count as 0. */
  readonly early: number;
  /** Of nanoseconds. */
  readonly histogram: Histogram;
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

/** What a receiver is to receive. The one in Python knows the count, the order and the time-outs alone. */
export interface ReceiverTask {
  readonly url: string;
  /** It ends after so many events. */
  readonly count: number;
  /** Key of the attribute with an event's number. */
  readonly sequenceKey: string;
  /** After this number comes 1 again. Default: never. */
  readonly cycle?: number;
  /** File with the places of the events in the order that is expected: see `ranksOf`. Undefined: that of their numbers. */
  readonly ranksPath?: string;
  /** Whether to make a digest, and of what it leaves out the numbers, in the order in which they come. Default: not. */
  readonly digestWithout?: readonly string[];
  /** Whether to measure when events arrive. Default: not. */
  readonly arrivals?: ArrivalTask;
  /** Length of the intervals of the course. Default: none. */
  readonly courseMs?: number;
  /** How long the first event may take. */
  readonly firstTimeoutMs: number;
  /** How long all may take. */
  readonly timeoutMs: number;
}

/**
 * `lateness`: against the time at which an event was due, but for those due in the first `warmUpS` (default 0). `offsets`: against that at which it was recorded. */
export type ArrivalTask =
  | { readonly measure: 'lateness'; readonly timeKey: string; readonly warmUpS?: number }
  | { readonly measure: 'offsets'; readonly timeKey: string; readonly speedup: number };

/** How long nothing must come until it is taken for the end: longer than a publisher may be held up. */
const IDLE_S = 3;
/** How long a receiver may be busy with what has arrived when the publisher has ended. */
const LONGEST_REST_MS = 60_000;

/** Of the repository, seen from dist/bench/. */
const PYTHON_SUBSCRIBER = fileURLToPath(new URL('../../test/support/python/subscriber.py', import.meta.url));

/**
 * Builds the receiver in C, or else takes the one in Python.
 *
 * @throws Error where neither can be had
 */
export function chooseReceiver(): ReceiverChoice {
  const built = peerProgram('subscriber');
  if ('command' in built) return { language: 'C', command: built.command, args: argsInC };
  const python = findPython();
  if (python === undefined) {
    throw new Error(
      `No receiver: the one in C cannot be built (${built.reason}), and no python3 can import zmq. ${HOW_TO_BUILD}, or python3-zmq`,
    );
  }
  return { language: 'Python', reason: built.reason, command: python, args: argsInPython };
}

/**
 * The receiver in C, which alone knows what came, and when.
 *
 * @throws Error where it cannot be had
 */
export function requireReceiverInC(): ReceiverChoice {
  const choice = chooseReceiver();
  if (choice.language === 'C') return choice;
  throw new Error(
    `No receiver: it takes the one in C to measure when events arrive, and that cannot be built: ${choice.reason}. ${HOW_TO_BUILD}`,
  );
}

function argsInC(task: ReceiverTask): string[] {
  const { url, count, sequenceKey, cycle, ranksPath, digestWithout, arrivals, courseMs, firstTimeoutMs } =
    task;
  const args = ['--count', String(count), '--sequence', sequenceKey];
  args.push('--idle-ms', String(1000 * IDLE_S), '--first-ms', String(firstTimeoutMs));
  if (cycle !== undefined) args.push('--cycle', String(cycle));
  if (ranksPath !== undefined) args.push('--ranks', ranksPath);
  if (digestWithout !== undefined) args.push('--digest', ...digestWithout.flatMap((key) => ['--mask', key]));
  if (arrivals !== undefined) args.push('--time', arrivals.timeKey);
  if (arrivals?.measure === 'lateness' && arrivals.warmUpS !== undefined)
    args.push('--warm-up-ms', String(Math.round(1000 * arrivals.warmUpS)));
  if (arrivals?.measure === 'offsets') args.push('--speedup', String(arrivals.speedup));
  if (courseMs !== undefined) args.push('--course-ms', String(courseMs));
  return [...args, url];
}

function argsInPython({ url, count, sequenceKey, ranksPath, firstTimeoutMs }: ReceiverTask): string[] {
  return [
    PYTHON_SUBSCRIBER,
    url,
    ...['--count', String(count), '--sequence', sequenceKey],
    ...['--idle', String(IDLE_S), '--timeout', String(firstTimeoutMs / 1000)],
    ...(ranksPath === undefined ? [] : ['--ranks', ranksPath]),
  ];
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

  get pid(): number | undefined {
    return this._program.pid;
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
    return receptionOf(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
  }

  /** For when nothing more can come. */
  stop(): void {
    this._program.kill('SIGTERM');
  }
}

/** As a receiver prints it. */
interface Printed extends Omit<Reception, 'cpuS' | 'lateness' | 'course'> {
  readonly cpuSeconds?: number;
  readonly lateness?: { readonly early: number; readonly counts: readonly [ns: number, count: number][] };
  readonly course?: {
    readonly intervalS: number;
    readonly events: readonly number[];
    readonly p99Ns: readonly (number | null)[];
  };
}

function receptionOf({ cpuSeconds, lateness, course, ...rest }: Printed): Reception {
  return {
    ...rest,
    cpuS: cpuSeconds,
    lateness: lateness && { early: lateness.early, histogram: histogramOf(lateness.counts) },
    course: course?.events.map((events, i) => {
      const p99Ns = course.p99Ns[i];
      return {
        atS: (i + 1) * course.intervalS,
        eventsPerS: events / course.intervalS,
        p99Us: p99Ns === null ? null : p99Ns / 1000,
      };
    }),
  };
}

function histogramOf(counts: readonly [ns: number, count: number][]): Histogram {
  const histogram = latenessHistogram();
  for (const [ns, count] of counts) histogram.recordValueWithCount(ns, count);
  return histogram;
}
