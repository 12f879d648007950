import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Whether this process belongs to the job that has the terminal. One in the background that changed the terminal's modes
 * would be stopped by the system.
 */
export function isInForeground(): boolean {
  const ids = processGroups();
  return ids === undefined || ids[0] === ids[1];
}

/** The process group, and that of the terminal; undefined where nobody tells. */
function processGroups(): readonly string[] | undefined {
  try {
    // The command's name, in parentheses, may hold anything: fields are counted from behind it.
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [fields[2], fields[5]];
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', `${process.pid}`], { encoding: 'utf8' });
    const ids = stdout?.trim().split(/\s+/);
    return ids?.length === 2 ? ids : undefined;
  }
}

/** What to do before the process is suspended, or ended by a signal that nobody else takes; and when it goes on. */
export interface JobListeners {
  readonly onStop: () => Promise<void>;
  readonly onContinue: () => void;
}

const STOPPING = ['SIGTSTP', 'SIGHUP', 'SIGQUIT'] as const;

/** Suspends and continues the process as the terminal's keys and the shell's commands have it. */
export class JobControl {
  private readonly _listeners: JobListeners;

  constructor(listeners: JobListeners) {
    this._listeners = listeners;
    for (const signal of STOPPING) process.on(signal, this._onStop);
    process.on('SIGCONT', this._onContinue);
  }

  /** Leaves signals to the system again. */
  close(): void {
    for (const signal of STOPPING) process.off(signal, this._onStop);
    process.off('SIGCONT', this._onContinue);
  }

  private readonly _onStop = (signal: NodeJS.Signals) => {
    void this._listeners.onStop().then(() => {
      // Without a listener the signal does what it does by default.
      process.off(signal, this._onStop);
      process.kill(process.pid, signal);
      process.on(signal, this._onStop);
      // There is no SIGCONT where nobody could send one, and the system did not suspend it for that.
      setImmediate(this._onContinue);
    });
  };

  private readonly _onContinue = () => {
    this._listeners.onContinue();
  };
}

/** Sends a signal to the whole job, as the terminal does when its key is pressed. */
export function signalJob(signal: 'SIGINT' | 'SIGTSTP'): void {
  process.kill(0, signal);
}
