import type { Histogram } from 'hdr-histogram-js';
import type { Times } from '../../src/pacing/schedule.js';
import type { Timing } from '../../src/pacing/waiter.js';
import { findPython } from '../../test/support/peer.js';
import { expectedFrames, type JsonForm } from '../expected-frames.js';
import { peerProgram } from '../peer-program.js';
import { CLI, MODEL } from '../publisher.js';
import { DUE_KEY, eventsBefore, type PacedNight } from './paced-night.js';
import { listedLateness, loggedLateness } from './sent-lateness.js';

/** What a publisher sends, at which pace, and where. */
export interface PacedSending {
  readonly database: string;
  readonly url: string;
  readonly speedup: number;
  readonly times: Exclude<Times, 'now'>;
  /** Seconds that the publisher waits for its subscriber to connect. */
  readonly waitSetupS: number;
  /** Path of a new file that receives the lateness of sent events. */
  readonly latenessPath: string;
}

/** Counts by the publisher itself, and lateness by its clock. */
export interface PacedSent {
  readonly events: number;
  /** Events whose lateness was recorded, the warm-up included. */
  readonly timed: number;
  /** Time sent minus time due, in nanoseconds, of the events after the warm-up. */
  readonly lateness: Histogram;
}

/** The part of a night that lateness leaves out. */
export interface WarmUp {
  /** Seconds since the first event was due. */
  readonly warmUpS: number;
  readonly night: PacedNight;
}

export interface PacedPublisher {
  /** How it spaces its JSON. */
  readonly form: JsonForm;
  readonly command: () => string;
  readonly args: (sending: PacedSending) => readonly string[];
  /** Reads what the publisher left at its end. */
  readonly sent: (stdout: string, latenessPath: string, warmUp: WarmUp) => PacedSent;
}

/** The model of the reference, which waits with `time.sleep`. High-water mark off: it would drop events. */
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

/** tcs-replay in a timing mode. @param more additional arguments */
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

/**
 * A program in C that sends the messages of a night from memory when they are due: what the machine and libzmq add to any
 * publisher. It waits for its subscriber, and plays only at the recorded speed.
 */
export function floor(night: PacedNight): PacedPublisher {
  return {
    form: 'compact',
    command: () => {
      const built = peerProgram('publisher');
      if ('command' in built) return built.command;
      throw new Error(`the program in C cannot be built: ${built.reason}`);
    },
    args: ({ url, latenessPath }) => [
      ...[expectedFrames(night, 'compact'), String(night.events), url, '1'],
      ...[latenessPath, DUE_KEY],
    ],
    sent: (stdout, latenessPath, { warmUpS }) => ({
      events: sentIn(stdout.slice(stdout.indexOf('{'))),
      ...listedLateness(latenessPath, eventsBefore(night, warmUpS)),
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
