import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { type Outcome, RunningProgram, type RunOptions } from '../test/support/peer.js';

/** How a program ended, and the resources it used. */
export interface MeasuredOutcome extends Outcome {
  /** Seconds from the start of the program to its end. */
  readonly wallS: number;
  /** Largest resident memory. Null without Linux's `/proc`. */
  readonly peakRssBytes: number | null;
  /**
   * CPU seconds of all threads, user and system. Misses up to the last sample interval. Null without Linux's
   * `/proc`.
   */
  readonly cpuS: number | null;
  /**
   * Like `cpuS`, but counted from when `since` resolved. Null also if that time had fewer than two samples.
   */
  readonly cpuSinceS: number | null;
  /**
   * CPU seconds per second from when `since` resolved to the end; 1 is one core. Null without Linux's
   * `/proc`, or if that time had fewer than two samples.
   */
  readonly coreShare: number | null;
}

export interface MeasureOptions extends RunOptions {
  readonly timeoutMs: number;
  /** `cpuSinceS` and `coreShare` are counted from when this resolves. Default: from the start. */
  readonly since?: Promise<unknown>;
  /**
   * Time between samples. Sampling takes CPU time too, which matters on a machine with few cores. Default 10.
   */
  readonly sampleIntervalMs?: number;
  /** Called with the program as soon as it was started. */
  readonly onStart?: (program: RunningProgram) => void;
}

/** A process's figures vanish with it: whatever it used after the last sample is lost. */
const DEFAULT_SAMPLE_INTERVAL_MS = 10;
/** Unit of the times in `/proc`: the same on every machine that runs Linux today. */
const TICKS_PER_S = 100;
/**
 * Indices of `utime` and `stime` among the fields after the program's name, which may hold blanks (proc(5)).
 */
const UTIME_AT = 11;
const STIME_AT = 12;
const KIB = 1024;

/**
 * Runs a program to its end and samples the resources it uses.
 *
 * @throws Error if the program does not start, or does not end in time
 */
export async function runMeasured(
  command: string,
  args: readonly string[],
  options: MeasureOptions,
): Promise<MeasuredOutcome> {
  const { since = Promise.resolve(), sampleIntervalMs = DEFAULT_SAMPLE_INTERVAL_MS } = options;
  const startedMs = performance.now();
  const program = new RunningProgram(command, args, options);
  options.onStart?.(program);
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

/** Empty if there is no such file: on other systems, or after the program's end. */
function procFile(pid: number | undefined, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
