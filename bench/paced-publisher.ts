import { readFileSync } from 'node:fs';
import type { Times } from '../src/schedule.js';
import type { Timing } from '../src/timing.js';
import { findPython } from '../test/peer.js';
import { CLI, MODEL } from './publisher.js';

/** Who plays at a pace: the model of the reference, or this project in one of its modes. */
export const PACED_PUBLISHERS = ['peer', 'precise', 'balanced', 'eco'] as const;
export type PacedPublisherName = (typeof PACED_PUBLISHERS)[number];

/** What a publisher is to send, at which pace, and where to. */
export interface PacedSending {
  readonly database: string;
  readonly url: string;
  readonly speedup: number;
  readonly times: Exclude<Times, 'now'>;
  /** Seconds in which the subscriber connects. */
  readonly waitSetupS: number;
  /** File that it may write how late it was to. */
  readonly latenessPath: string;
}

/** Sent less due, by the publisher's own clock. */
export interface SendLateness {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}

/** By a publisher's own count and clock. */
export interface PacedSent {
  readonly events: number;
  /** Null where it does not say. */
  readonly lateness: SendLateness | null;
}

export interface PacedPublisher {
  readonly command: () => string;
  readonly args: (sending: PacedSending) => readonly string[];
  /** Reads what it leaves at its end. */
  readonly sent: (stdout: string, latenessPath: string) => PacedSent;
}

export const PACED_PUBLISHER: Readonly<Record<PacedPublisherName, PacedPublisher>> = {
  peer: {
    command: () => findPython() ?? 'python3',
    args: (sending) => [
      MODEL,
      ...['--json', '--hwm', '0', '--lateness', sending.latenessPath],
      ...sharedArgs(sending),
    ],
    sent: (stdout, latenessPath) => ({
      events: (JSON.parse(stdout) as { sent: number }).sent,
      lateness: latenessIn(latenessPath),
    }),
  },
  precise: ours('precise'),
  balanced: ours('balanced'),
  eco: ours('eco'),
};

/** @param more further arguments */
export function ours(timing: Timing, more: readonly string[] = []): PacedPublisher {
  return {
    command: () => process.execPath,
    args: (sending) => [CLI, '--json', '--timing', timing, ...more, ...sharedArgs(sending)],
    sent: (stdout) => {
      const { sent, lateness } = JSON.parse(stdout) as { sent: number; lateness?: SendLateness };
      return { events: sent, lateness: lateness ?? null };
    },
  };
}

function sharedArgs({ database, url, speedup, times, waitSetupS }: PacedSending): string[] {
  return [
    ...['--speedup', String(speedup), '--times', times],
    ...['--wait-setup', String(waitSetupS), '--url', url, database],
  ];
}

/** Of a file of seconds, as doubles in this machine's byte order. */
function latenessIn(path: string): SendLateness | null {
  const bytes = readFileSync(path);
  const seconds = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return latenessOf(seconds);
}

/** @param seconds of each event. @returns null where there is none */
export function latenessOf(seconds: Float64Array): SendLateness | null {
  if (seconds.length === 0) return null;
  const sorted = seconds.toSorted();
  // The least value that so large a share does not exceed, as in an HDR histogram.
  const atUs = (share: number) => 1e6 * sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return { p50Us: atUs(0.5), p99Us: atUs(0.99), p999Us: atUs(0.999), maxUs: atUs(1) };
}
