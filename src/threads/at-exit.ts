import { constants } from 'node:os';

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
const SIGNAL_EXIT_BASE = 128;

/** How long `process.exit()` may wait for threads. */
const LONGEST_WAIT_MS = 5000;

/**
 * @param waitMs how long it may wait for threads
 * @returns whether a thread is still in a native call
 */
type ExitAction = (waitMs: number) => boolean;

const actions = new Set<ExitAction>();

/**
 * Does something when the process exits while it is still to be done, as `process.exit()` makes it. Node ends all threads
 * then, and waits for them.
 *
 * @returns forgets the action
 */
export function atExit(action: ExitAction): () => void {
  if (actions.size === 0) process.on('exit', exit);
  actions.add(action);
  return () => {
    actions.delete(action);
    if (actions.size === 0) process.off('exit', exit);
  };
}

function exit(code: number): void {
  const signal = SIGNALS.find((name) => code === SIGNAL_EXIT_BASE + constants.signals[name]);
  const waitMs = signal === undefined ? LONGEST_WAIT_MS : 0;
  const isThreadLeft = [...actions].map((action) => action(waitMs)).includes(true);
  if (!isThreadLeft || signal === undefined) return;
  // Node would wait for the native call, which can take minutes. To a shell, dying of the signal is the same exit code.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
