import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SIGNAL_EXIT_BASE = 128;

/**
 * Lets a command end cleanly after SIGINT, SIGTERM, or SIGHUP, which a terminal sends that is closed: the first signal aborts
 * `signal` and sets the exit code that a shell expects, 130, 143 or 129. A second one ends the process at once, but for
 * SIGHUP, which the shell and the terminal both send.
 */
export class StopSignals {
  private readonly _controller = new AbortController();
  private readonly _stop = (name: (typeof SIGNALS)[number]) => {
    if (this._controller.signal.aborted) return;
    process.exitCode = SIGNAL_EXIT_BASE + constants.signals[name];
    if (name === 'SIGHUP' && hasTerminal()) process.once('exit', dieOfHangup);
    for (const other of SIGNALS) if (other !== 'SIGHUP') process.off(other, this._stop);
    this._controller.abort();
  };

  constructor() {
    for (const name of SIGNALS) process.on(name, this._stop);
  }

  get signal(): AbortSignal {
    return this._controller.signal;
  }

  /** Restores the default handling: these signals end the process again. */
  release(): void {
    for (const name of SIGNALS) process.off(name, this._stop);
  }
}

function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY === true);
}

/** Node aborts at its end if it cannot reset its terminal, as one that was closed. To a shell, this is exit code 129 too. */
function dieOfHangup(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

/** Whether an exit code is that of a command which a signal has stopped. */
export function isSignalCode(code: unknown): boolean {
  return SIGNALS.some((name) => code === SIGNAL_EXIT_BASE + constants.signals[name]);
}
