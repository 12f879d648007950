import { fileURLToPath } from 'node:url';
import type { SortBy } from '../src/database/order/order.js';
import { findPython } from '../test/support/peer.js';

/** Why the peer cannot run. */
export const NO_PEER = 'no python3 can import zmq (Debian: apt-get install python3-zmq)';

/** Who is measured: this project, or the model of the reference. */
export const PUBLISHERS = ['peer', 'ours'] as const;
export type PublisherName = (typeof PUBLISHERS)[number];

/** What the command line of ours may be given. Undefined: its own default. */
export interface OursOptions {
  readonly workers: number | undefined;
  readonly highWaterMark: number | undefined;
  readonly sortBy?: SortBy;
  /** Most events to send. */
  readonly limit?: number;
}

/** What a publisher is to send, flat out, and where to. */
export interface Sending extends OursOptions {
  readonly database: string;
  readonly url: string;
  /** Seconds in which the subscriber connects. */
  readonly waitSetupS: number;
}

/** By a publisher's own count and clock. */
export interface Sent {
  readonly events: number;
  readonly eventsPerS: number;
}

export interface Publisher {
  readonly command: () => string;
  readonly args: (sending: Sending) => readonly string[];
  /** Reads what it prints at its end. */
  readonly sent: (stdout: string) => Sent;
}

export const CLI = fileURLToPath(new URL('../src/cli.js', import.meta.url));
export const MODEL = fileURLToPath(new URL('../../bench/peer/tcs_model.py', import.meta.url));

/** Arguments of ours that say how fast, with what, in which order and how many, for any run of it. */
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
    // Its high-water mark would drop events, as it does by default: then there would be nothing to compare.
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
