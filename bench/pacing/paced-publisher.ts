import type { Histogram } from 'hdr-histogram-js';
import type { Times } from '../../src/pacing/schedule.js';
import type { Timing } from '../../src/pacing/waiter.js';
import { findPython } from '../../test/support/peer.js';
import type { JsonForm } from '../expected-digest.js';
import { CLI, MODEL } from '../publisher.js';
import { eventsBefore, type PacedNight } from './paced-night.js';
import { listedLateness, loggedLateness } from './sent-lateness.js';

/** What a publisher is to send, at which pace, and where to. */
export interface PacedSending {
  readonly database: string;
  readonly url: string;
  readonly speedup: number;
  readonly times: Exclude<Times, 'now'>;
  /** Seconds in which the subscriber connects. */
  readonly waitSetupS: number;
  /** A new file, for how late it sends. */
  readonly latenessPath: string;
}

/** By a publisher's own count and clock. */
export interface PacedSent {
  readonly events: number;
  /** Of how many it says how late they were. */
  readonly timed: number;
  /** Sent less due, in nanoseconds, of those behind the warm-up. */
  readonly lateness: Histogram;
}

/** What is no part of the lateness. */
export interface WarmUp {
  /** Since the first event was due. */
  readonly warmUpS: number;
  readonly night: PacedNight;
}

export interface PacedPublisher {
  /** Of its messages. */
  readonly form: JsonForm;
  readonly command: () => string;
  readonly args: (sending: PacedSending) => readonly string[];
  /** Reads what it leaves at its end. */
  readonly sent: (stdout: string, latenessPath: string, warmUp: WarmUp) => PacedSent;
}

/** The model of the reference, which waits with `time.sleep`. Its high-water mark would drop events. */
export const PEER: PacedPublisher = {
  form: 'spaced',
  command: () => findPython() ?? 'python3',
  args: (sending) => [
    MODEL,
    ...['--json', '--hwm', '0', '--lateness', sending.latenessPath],
    ...sharedArgs(sending),
  ],
  sent: (stdout, latenessPath, { warmUpS, night }) => ({
    events: sentIn(stdout),
    ...listedLateness(latenessPath, eventsBefore(night, warmUpS)),
  }),
};

/** @param more further arguments */
export function ours(timing: Timing, more: readonly string[] = []): PacedPublisher {
  return {
    form: 'compact',
    command: () => process.execPath,
    args: (sending) => [
      ...[CLI, '--json', '--timing', timing, '--hlog', sending.latenessPath],
      ...more,
      ...sharedArgs(sending),
    ],
    sent: (stdout, latenessPath, { warmUpS }) => ({
      events: sentIn(stdout),
      ...loggedLateness(latenessPath, warmUpS),
    }),
  };
}

function sharedArgs({ database, url, speedup, times, waitSetupS }: PacedSending): string[] {
  return [
    ...['--speedup', String(speedup), '--times', times],
    ...['--wait-setup', String(waitSetupS), '--url', url, database],
  ];
}

function sentIn(stdout: string): number {
  return (JSON.parse(stdout) as { sent: number }).sent;
}
