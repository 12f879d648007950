import { fileURLToPath } from 'node:url';
import type { SortBy } from '../src/database/order/sort-by.js';
import { findPython } from '../test/support/peer.js';

/** Why the peer cannot run. */
export const NO_PEER = 'no python3 can import zmq (Debian: apt-get install python3-zmq)';

/** The publishers of `end-to-end`: the model of the reference, and this project. */
export type PublisherName = 'peer' | 'ours';

/** Options of tcs-replay's command line. Undefined: the program's default. */
export interface OursOptions {
  readonly workers: number | undefined;
  readonly highWaterMark: number | undefined;
  readonly sortBy?: SortBy;
  /** Largest number of events to send. */
  readonly limit?: number;
}

/** What a publisher sends flat out, and where. */
export interface Sending extends OursOptions {
  readonly database: string;
  readonly url: string;
  /** Seconds that the publisher waits for its subscriber to connect. */
  readonly waitSetupS: number;
}

/** Counts by the publisher itself, and by its clock. */
export interface Sent {
  readonly events: number;
  readonly eventsPerS: number;
}

export interface Publisher {
  readonly command: () => string;
  readonly args: (sending: Sending) => readonly string[];
  /** Parses the publisher's final output. */
  readonly sent: (stdout: string) => Sent;
}

/**
 * Seconds that paced and flat-out publishers wait before they send. Long enough, on a busy machine, for a
 * subscriber that tries to connect every 10 ms, and for tcs-replay to read ahead.
 */
export const WAIT_SETUP_S = 0.5;
/** Longest time until a publisher's first event. */
export const START_TIMEOUT_MS = 60_000;

export const CLI = fileURLToPath(new URL('../bundle/cli.cjs', import.meta.url));
export const MODEL = fileURLToPath(new URL('../../bench/peer/tcs_model.py', import.meta.url));

/**
 * Arguments of tcs-replay that select speed, workers, high-water mark, order and limit; all scenarios share
 * them.
 */
export function oursArgs({ workers, highWaterMark, sortBy, limit }: OursOptions): string[] {
  const args = [CLI, '-s', 'max', '--json'];
  if (workers !== undefined) args.push('--workers', String(workers));
  if (highWaterMark !== undefined) args.push('--hwm', String(highWaterMark));
  if (sortBy !== undefined) args.push('--sort-by', sortBy);
  if (limit !== undefined) args.push('--limit', String(limit));
  return args;
}

export const PUBLISHER: Readonly<Record<PublisherName, Publisher>> = {
  ours: {
    command: () => process.execPath,
    args: (sending) => [
      ...oursArgs(sending),
      '--wait-setup',
      String(sending.waitSetupS),
      '--url',
      sending.url,
      sending.database,
    ],
    sent: (stdout) => {
      const { sent, eventsPerS } = JSON.parse(stdout) as { sent: number; eventsPerS: number };
      return { events: sent, eventsPerS };
    },
  },
  peer: {
    command: () => findPython() ?? 'python3',
    // Off: the default high-water mark makes the model drop events, and nothing could be compared.
    args: ({ database, url, waitSetupS }) => [
      MODEL,
      '--flat-out',
      '--json',
      '--hwm',
      '0',
      '--wait-setup',
      String(waitSetupS),
      '--url',
      url,
      database,
    ],
    sent: (stdout) => {
      const { sent, seconds } = JSON.parse(stdout) as { sent: number; seconds: number };
      return { events: sent, eventsPerS: seconds > 0 ? sent / seconds : 0 };
    },
  },
};
