import { readdir, readFile } from 'node:fs/promises';

/** Threads of a process that are looked at, at most. */
const MOST_THREADS = 64;

/** What the threads of a process have done so far. */
export interface ThreadTimes {
  /** When this was read: the steady clock in nanoseconds. */
  readonly atNs: number;
  /** By thread id. */
  readonly threads: ReadonlyMap<string, ThreadTime>;
}

export interface ThreadTime {
  /** Time on a processor, in nanoseconds. */
  readonly runNs: number;
  /** Time in which it could run, and waited for a processor, in nanoseconds. */
  readonly waitNs: number;
  /** As in proc(5): R running, S asleep, D waits for a disk, T stopped, … */
  readonly state: string;
}

/** What the busiest thread of a process did between two looks. */
export interface ThreadUse {
  /** Share of the time on a processor, 0 to 1. */
  readonly runShare: number;
  /** Share of the time in which it waited for a processor, 0 to 1. */
  readonly waitShare: number;
  /** Its state at the second look. */
  readonly state: string;
  /** Whether any thread of the process waited for a disk at the second look. */
  readonly waitsForDisk: boolean;
  /** Whether the process was stopped (SIGSTOP, or a debugger) at the second look. */
  readonly isStopped: boolean;
}

/**
 * Reads what the threads of a process have done. Linux lets all users read it. Undefined for a process that is gone, and
 * where the system does not tell.
 */
export async function readThreadTimes(pid: number): Promise<ThreadTimes | undefined> {
  const folder = `/proc/${pid}/task`;
  const ids = await readdir(folder).catch(() => []);
  const threads = new Map<string, ThreadTime>();
  const read = async (id: string) => {
    try {
      const [schedule, stat] = await Promise.all(
        ['schedstat', 'stat'].map((file) => readFile(`${folder}/${id}/${file}`, 'utf8')),
      );
      const [runNs, waitNs] = schedule.split(' ').map(Number);
      // The name before the state can hold anything, parentheses too.
      threads.set(id, { runNs, waitNs, state: stat.charAt(stat.lastIndexOf(')') + 2) });
    } catch {
      // The thread has ended meanwhile.
    }
  };
  const atNs = performance.now() * 1e6;
  await Promise.all(ids.slice(0, MOST_THREADS).map(read));
  return threads.size === 0 ? undefined : { atNs, threads };
}

/** What the busiest thread did from one look to a later one. Undefined where no thread was there at both. */
export function threadUse(before: ThreadTimes, after: ThreadTimes): ThreadUse | undefined {
  const elapsedNs = after.atNs - before.atNs;
  if (!(elapsedNs > 0)) return undefined;
  const states = [...after.threads.values()].map(({ state }) => state);
  let busiest: ThreadUse | undefined;
  for (const [id, { runNs, waitNs, state }] of after.threads) {
    const first = before.threads.get(id);
    if (first === undefined) continue;
    const runShare = share(runNs - first.runNs, elapsedNs);
    const waitShare = share(waitNs - first.waitNs, elapsedNs);
    if (busiest !== undefined && runShare + waitShare <= busiest.runShare + busiest.waitShare) continue;
    busiest = {
      runShare,
      waitShare,
      state,
      waitsForDisk: states.includes('D'),
      isStopped: states.every((each) => each === 'T' || each === 't'),
    };
  }
  return busiest;
}

function share(part: number, whole: number): number {
  return Math.min(Math.max(part / whole, 0), 1);
}
