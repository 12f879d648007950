import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { type Outcome, RunningProgram, type RunOptions } from '../test/support/peer.js';

/** A program that ended, and what it took. */
export interface MeasuredOutcome extends Outcome {
  /** From its start until it had ended. */
  readonly wallS: number;
  /** The most memory that it held. Null where there is no Linux `/proc`. */
  readonly peakRssBytes: number | null;
  /** Of all its threads, user and system; up to a sample interval too little. Null where there is no Linux `/proc`. */
  readonly cpuS: number | null;
  /** The same from when `since` had resolved until the end. Null also where that lasted less than two samples. */
  readonly cpuSinceS: number | null;
  /**
   * CPU seconds a second from when `since` had resolved until the end: a core is 1. Null where there is no Linux `/proc`,
   * or it lasted less than two samples.
   */
  readonly coreShare: number | null;
}

export interface MeasureOptions extends RunOptions {
  readonly timeoutMs: number;
  /** What of the program's time `cpuSinceS` and `coreShare` are of. Default: all of it. */
  readonly since?: Promise<unknown>;
  /** Looking costs time too, on a machine with few cores. Default 10. */
  readonly sampleIntervalMs?: number;
}

/** At its end a program takes its figures with it: what it used since the last look is not seen. */
const DEFAULT_SAMPLE_INTERVAL_MS = 10;
/** Of the times in `/proc`: the same on every machine that runs Linux today. */
const TICKS_PER_S = 100;
/** Where `utime` and `stime` stand behind the name of the program, which may hold blanks (proc(5)). */
const UTIME_AT = 11;
const STIME_AT = 12;
const KIB = 1024;

/**
 * Runs a program to its end, and watches what it uses.
 *
 * @throws Error where it does not start, or does not end in time
 */
export async function runMeasured(
  command: string,
  args: readonly string[],
  options: MeasureOptions,
): Promise<MeasuredOutcome> {
  const { since = Promise.resolve(), sampleIntervalMs = DEFAULT_SAMPLE_INTERVAL_MS } = options;
  const startedMs = performance.now();
  const program = new RunningProgram(command, args, options);
  let peakRssBytes: number | null = null;
  let cpuS: number | null = null;
  let hasBegun = false;
  let first: CpuSample | undefined;
  let last: CpuSample | undefined;
  const sample = () => {
    peakRssBytes = peakRssOf(program.pid) ?? peakRssBytes;
    const cpuNowS = cpuOf(program.pid);
    if (cpuNowS === undefined) return;
    cpuS = cpuNowS;
    last = { atMs: performance.now(), cpuS };
    if (hasBegun) first ??= last;
  };
  since.then(
    () => {
      hasBegun = true;
    },
    () => {},
  );
  const timer = setInterval(sample, sampleIntervalMs);
  try {
    const outcome = await program.outcome;
    return {
      ...outcome,
      wallS: (performance.now() - startedMs) / 1000,
      peakRssBytes,
      cpuS,
      cpuSinceS: first === undefined || last === undefined || first === last ? null : last.cpuS - first.cpuS,
      coreShare: coreShareOf(first, last),
    };
  } finally {
    clearInterval(timer);
  }
}

interface CpuSample {
  readonly atMs: number;
  readonly cpuS: number;
}

function coreShareOf(first: CpuSample | undefined, last: CpuSample | undefined): number | null {
  if (first === undefined || last === undefined || last.atMs === first.atMs) return null;
  return (last.cpuS - first.cpuS) / ((last.atMs - first.atMs) / 1000);
}

function peakRssOf(pid: number | undefined): number | undefined {
  const [, kib] = /^VmHWM:\s*(\d+) kB$/m.exec(procFile(pid, 'status')) ?? [];
  return kib === undefined ? undefined : Number(kib) * KIB;
}

function cpuOf(pid: number | undefined): number | undefined {
  const stat = procFile(pid, 'stat');
  if (stat === '') return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME_AT]) + Number(fields[STIME_AT])) / TICKS_PER_S;
}

/** Empty where there is none: on other systems, or when the program has ended. */
function procFile(pid: number | undefined, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
