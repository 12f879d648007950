import { fileURLToPath } from 'node:url';
import { findPython } from '../test/support/peer.js';
import { HOW_TO_BUILD, peerProgram } from './peer-program.js';

/** A program that receives. */
export interface ReceiverChoice {
  readonly language: 'C' | 'Python';
  /** Why this is not the one in C, which is faster than any publisher; undefined if it is. */
  readonly reason?: string;
  readonly command: string;
  readonly args: (task: ReceiverTask) => readonly string[];
}

/** What a receiver does. The one in Python supports only the count, the order, lateness and the time-outs. */
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
/** Path in the repository, which is two folders above dist/bench/. */
const PYTHON_SUBSCRIBER = fileURLToPath(new URL('../../test/support/python/subscriber.py', import.meta.url));

/** Builds the receiver in C, or falls back to the one in Python. @throws Error if neither is available */
export function chooseReceiver(): ReceiverChoice {
  const built = peerProgram('subscriber');
  if ('command' in built) return { language: 'C', command: built.command, args: argsInC };
  const receiver = receiverInPython();
  if (receiver === undefined) {
    throw new Error(
      `No receiver: the one in C cannot be built (${built.reason}), and no python3 can import zmq. ${HOW_TO_BUILD}, or python3-zmq`,
    );
  }
  return { ...receiver, reason: built.reason };
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

/** The receiver in Python, which wakes as the programs at a telescope do; undefined where it cannot run. */
export function receiverInPython(): ReceiverChoice | undefined {
  const python = findPython();
  return python === undefined ? undefined : { language: 'Python', command: python, args: argsInPython };
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

function argsInPython(task: ReceiverTask): string[] {
  const { url, count, sequenceKey, ranksPath, arrivals, firstTimeoutMs } = task;
  const lateness = arrivals?.measure === 'lateness' ? arrivals : undefined;
  return [
    PYTHON_SUBSCRIBER,
    url,
    ...['--count', String(count), '--sequence', sequenceKey],
    ...['--idle', String(IDLE_S), '--timeout', String(firstTimeoutMs / 1000)],
    ...(ranksPath === undefined ? [] : ['--ranks', ranksPath]),
    ...(lateness === undefined
      ? []
      : ['--time', lateness.timeKey, '--warm-up', String(lateness.warmUpS ?? 0)]),
  ];
}
