import { execFile } from 'node:child_process';

/** `ss` takes some 10 ms, and more on a busy machine. */
const DEFAULT_TIMEOUT_MS = 10_000;
/** Of 50,000 connections. */
const MOST_OUTPUT_BYTES = 64 << 20;

export interface SsOptions {
  /** The program `ss` of iproute2. Default: the one on the path. */
  readonly command?: string;
  /** Default 10,000. */
  readonly timeoutMs?: number;
}

/** Lines of output; `missing`: there is no such program, or it is too old; `late`: it was ended at the time-out. */
export type SsOutput = readonly string[] | 'missing' | 'late';

/** Runs `ss` in a process of its own: the calling thread does not wait. Never rejects. */
export function runSs(
  args: readonly string[],
  { command = 'ss', timeoutMs }: SsOptions = {},
): Promise<SsOutput> {
  const limits = { timeout: timeoutMs ?? DEFAULT_TIMEOUT_MS, maxBuffer: MOST_OUTPUT_BYTES };
  return new Promise((resolve) => {
    execFile(command, [...args], limits, (error, stdout) => {
      if (error === null) resolve(stdout.split('\n').filter((line) => line.trim() !== ''));
      else resolve(error.killed === true ? 'late' : 'missing');
    });
  });
}

/** `ss`'s filter for sockets whose own port, or whose peer's port, is one of `ports`. */
export function portFilter(sides: readonly ('sport' | 'dport')[], ports: readonly number[]): string {
  return `( ${sides.flatMap((side) => ports.map((port) => `${side} = :${port}`)).join(' or ')} )`;
}

/** An address as `ss` prints it, with one of IPv4 as such: `127.0.0.1:5556` for `[::ffff:127.0.0.1]:5556`. */
export function addressOf(printed: string): string {
  return printed.replace(/^\[::ffff:(\d+\.\d+\.\d+\.\d+)\]/i, '$1');
}

/** The port at the end of an address; NaN where there is none. */
export function portOfAddress(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
