import { fileURLToPath } from 'node:url';
import type { Histogram } from 'hdr-histogram-js';
import { latenessHistogram } from '../src/measure/histogram.js';
import { findPython, RunningProgram } from '../test/support/peer.js';
import { HOW_TO_BUILD, peerProgram } from './peer-program.js';
import type { CoursePoint } from './result.js';

/** Everything that a receiver found out. */
export interface Reception {
  readonly received: number;
  /** Numbers missing between the first received event and the last. */
  readonly lost: number;
  readonly outOfOrder: number;
  /** Messages without a number. */
  readonly unnumbered: number;
  /** The number of the first event, or its position in the expected order; null if no event had one. */
  readonly firstSequence: number | null;
  /** Bytes of all frames. */
  readonly bytes: number;
  /** Seconds from the first message to the last. */
  readonly seconds: number;
  /**
   * Arrival of the first and the last message, in seconds of a clock that all processes share; undefined if
   * the receiver does not report it.
   */
  readonly firstAtS?: number;
  readonly lastAtS?: number;
  /** CPU seconds of the receiver; undefined if it does not report them. */
  readonly cpuS?: number;
  /** Digest of all messages, in hexadecimal; undefined if not requested. */
  readonly digest?: string;
  /** Messages without a time; undefined if times were not requested. */
  readonly untimed?: number;
  /** Undefined if not requested, or if nothing arrived. */
  readonly lateness?: ArrivalLateness;
  readonly offsets?: Offsets;
  /** Undefined if not requested. */
  readonly course?: readonly CoursePoint[];
}

/** How long after their due times events arrived, by the time of day. */
export interface ArrivalLateness {
  /** Events that arrived before they were due; each counts as 0. */
  readonly early: number;
  /** Values in nanoseconds. */
  readonly histogram: Histogram;
}

/** How much later than by their recorded times events arrived, by the receiver's monotonic clock. */
export interface Offsets {
  readonly intervalS: number;
  /** The smallest offset of each interval, relative to the first event; null if no event arrived in it. */
  readonly minimaUs: readonly (number | null)[];
}

/** A program that receives. */
export interface ReceiverChoice {
  readonly language: 'C' | 'Python';
  /** Why this is not the one in C, which is faster than any publisher; undefined if it is. */
  readonly reason?: string;
  readonly command: string;
  readonly args: (task: ReceiverTask) => readonly string[];
}

/** What a receiver does. The one in Python supports only the count, the order and the time-outs. */
export interface ReceiverTask {
  readonly url: string;
  /** The receiver ends after this many events. */
  readonly count: number;
  /** Key of the attribute that holds an event's number. */
  readonly sequenceKey: string;
  /** The largest number, after which 1 follows. Default: numbers never restart. */
  readonly cycle?: number;
  /**
   * File with each event's position in the expected order, as `ranksOf` writes it. Default: the order of the
   * numbers.
   */
  readonly ranksPath?: string;
  /**
   * Keys whose numbers the digest leaves out, in the order in which messages have them. Default: make no
   * digest.
   */
  readonly digestWithout?: readonly string[];
  /** What to measure about the times of arrival. Default: nothing. */
  readonly arrivals?: ArrivalTask;
  /** Length of the course's intervals. Default: record no course. */
  readonly courseMs?: number;
  /** Longest time until the first event. */
  readonly firstTimeoutMs: number;
  /** Longest time in all. */
  readonly timeoutMs: number;
}

/**
 * `lateness`: arrival relative to the time at which an event was due; events due in the first `warmUpS`
 * seconds (default 0) are left out. `offsets`: arrival relative to the recorded time.
 */
export type ArrivalTask =
  | { readonly measure: 'lateness'; readonly timeKey: string; readonly warmUpS?: number }
  | { readonly measure: 'offsets'; readonly timeKey: string; readonly speedup: number };

/** Silence that a receiver takes for the end of the stream. Longer than a publisher may be held up. */
const IDLE_S = 3;
/** Longest time in which a receiver may process what has arrived after the publisher's end. */
const LONGEST_REST_MS = 60_000;

/** Path in the repository, which is two folders above dist/bench/. */
const PYTHON_SUBSCRIBER = fileURLToPath(new URL('../../test/support/python/subscriber.py', import.meta.url));

/** Builds the receiver in C, or falls back to the one in Python. @throws Error if neither is available */
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
 * Builds the receiver in C, which alone checks content and times of arrival.
 *
 * @throws Error if it cannot be built
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

/** A running receiver, in a process of its own. */
export class Receiver {
  private readonly _program: RunningProgram;

  private constructor(program: RunningProgram) {
    this._program = program;
  }

  /** Resolves once the receiver has subscribed to everything. It connects as soon as there is a publisher. */
  static async start(choice: ReceiverChoice, task: ReceiverTask): Promise<Receiver> {
    const program = new RunningProgram(choice.command, choice.args(task), { timeoutMs: task.timeoutMs });
    await program.waitForOutput(/^ready$/m);
    return new Receiver(program);
  }

  get pid(): number | undefined {
    return this._program.pid;
  }

  /** Resolves at the first message; rejects if the receiver ends without one. */
  firstEvent(): Promise<void> {
    return this._program.waitForOutput(/^first$/m);
  }

  /** Resolves once all events have arrived, or no more arrive. Call it after the publisher has ended. */
  async reception(): Promise<Reception> {
    // Otherwise a receiver that got nothing would wait as long as a first event may take.
    const impatience = setTimeout(() => this.stop(), LONGEST_REST_MS);
    const { code, stdout, stderr } = await this._program.outcome.finally(() => clearTimeout(impatience));
    if (code !== 0) throw new Error(`The receiver ended with ${code}: ${stderr}`);
    return receptionOf(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
  }

  /** Ends the receiver when nothing more can arrive. */
  stop(): void {
    this._program.kill('SIGTERM');
  }
}

/** The JSON that a receiver prints. */
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
