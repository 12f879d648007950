import { availableParallelism } from 'node:os';

const MOST_DEFAULT_WORKERS = 4;

/** As many decoding threads as there are cores, and not more than can be of use: to decode an event takes longer than to send it, but not four times. */
export function defaultWorkers(): number {
  return Math.min(MOST_DEFAULT_WORKERS, availableParallelism());
}
