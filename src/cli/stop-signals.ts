import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const SIGNAL_EXIT_BASE = 128;

/**
 * Lets a command end cleanly when it is told to stop: `signal` is aborted by the first SIGINT or SIGTERM, and the exit
 * code set as a shell expects it, 130 or 143. A second one ends the process at once.
 */
export class StopSignals {
  private readonly _controller = new AbortController();
  private readonly _stop = (name: (typeof SIGNALS)[number]) => {
    process.exitCode = SIGNAL_EXIT_BASE + constants.signals[name];
    this.release();
    this._controller.abort();
  };

  constructor() {
    for (const name of SIGNALS) process.on(name, this._stop);
  }

  get signal(): AbortSignal {
    return this._controller.signal;
  }

  /** Gives the signals back to the system, which ends the process by them. */
  release(): void {
    for (const name of SIGNALS) process.off(name, this._stop);
  }
}
