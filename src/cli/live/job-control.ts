import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Whether this process is in the foreground job of the terminal. The system would stop a background process that
 * changed the modes of the terminal.
 */
export function isInForeground(): boolean {
  const ids = processGroups();
  return ids === undefined || ids[0] === ids[1];
}

/** The ids of this process's group and of the terminal's foreground group; undefined if they cannot be read. */
function processGroups(): readonly string[] | undefined {
  try {
    // The command's name, in parentheses, can contain any character: count fields from behind it (proc(5)).
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
  /** Called before the process is suspended, or ended by a signal that it does not handle otherwise. */
  readonly onStop: () => Promise<void>;
  /** Called when the process goes on after that. */
  readonly onContinue: () => void;
  /** Called when the process goes on after it was stopped without a call of `onStop`, as by SIGSTOP. */
  readonly onWake: () => void;
}

const STOPPING = ['SIGTSTP', 'SIGQUIT'] as const;

/** Suspends and continues the process on the terminal's keys and the shell's commands. */
export class JobControl {
  private readonly _listeners: JobListeners;
  /** Whether the next SIGCONT ends a suspension that SIGTSTP began. */
  private _isSuspended = false;

  constructor(listeners: JobListeners) {
    this._listeners = listeners;
    for (const signal of STOPPING) process.on(signal, this._onStop);
    process.on('SIGCONT', this._onContinue);
  }

  /** Restores the default handling of the signals. */
  close(): void {
    for (const signal of STOPPING) process.off(signal, this._onStop);
    process.off('SIGCONT', this._onContinue);
  }

  private readonly _onStop = (signal: NodeJS.Signals) => {
    void this._listeners.onStop().then(() => {
      this._isSuspended = true;
      // Without a listener the signal has its default effect, before `kill` returns.
      process.off(signal, this._onStop);
      process.kill(process.pid, signal);
      process.on(signal, this._onStop);
      // Do not wait for SIGCONT: an orphaned process group is not suspended and never gets one.
      this._listeners.onContinue();
    });
  };

  private readonly _onContinue = () => {
    if (!this._isSuspended) this._listeners.onWake();
    this._isSuspended = false;
  };
}

/** Sends a signal to the whole job, as the terminal does for its key. */
export function signalJob(signal: 'SIGINT' | 'SIGTSTP'): void {
  process.kill(0, signal);
}
