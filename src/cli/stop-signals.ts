import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const SIGNAL_EXIT_BASE = 128;

/**
 * Lets a command end cleanly after SIGINT or SIGTERM: the first one aborts `signal` and sets the exit code that a shell
 * expects, 130 or 143. A second one ends the process at once.
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

  /** Restores the default handling: SIGINT and SIGTERM end the process again. */
  release(): void {
    for (const name of SIGNALS) process.off(name, this._stop);
  }
}
