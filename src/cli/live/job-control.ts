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

export interface JobListeners {
  /** Is called before the process is suspended, or ended by a signal that nobody else takes. */
  readonly onStop: () => Promise<void>;
  /** Is called when it goes on after that. */
  readonly onContinue: () => void;
  /** Is called when it goes on after having been stopped without notice. */
  readonly onWake: () => void;
}

const STOPPING = ['SIGTSTP', 'SIGHUP', 'SIGQUIT'] as const;

/** Suspends and continues the process as the terminal's keys and the shell's commands have it. */
export class JobControl {
  private readonly _listeners: JobListeners;
  /** Whether a SIGCONT that comes is the one that ends what SIGTSTP began. */
  private _isSuspended = false;

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
      this._isSuspended = true;
      // Without a listener the signal does what it does by default, before this returns.
      process.off(signal, this._onStop);
      process.kill(process.pid, signal);
      process.on(signal, this._onStop);
      // Not at SIGCONT: there is none where nobody could send one, and the system does not suspend it for that.
      this._listeners.onContinue();
    });
  };

  private readonly _onContinue = () => {
    if (!this._isSuspended) this._listeners.onWake();
    this._isSuspended = false;
  };
}

/** Sends a signal to the whole job, as the terminal does when its key is pressed. */
export function signalJob(signal: 'SIGINT' | 'SIGTSTP'): void {
  process.kill(0, signal);
}
