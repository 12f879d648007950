import { availableParallelism } from 'node:os';

const MOST_DEFAULT_WORKERS = 4;

/**
 * One decoding thread for each core, at most 4. More are of no use: to decode an event takes longer than to send it,
 * but not four times as long.
 */
export function defaultWorkers(): number {
  return Math.min(MOST_DEFAULT_WORKERS, availableParallelism());
}
