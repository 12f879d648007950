import type { Kind, Tasks } from './tasks.js';

/** Runs tasks, in threads or in the main thread. */
export interface TaskRunner {
  /**
   * Runs a task.
   *
   * @throws TcsReplayError the task's own, or `WORKER_FAILED` where the thread died
   */
  run<K extends Kind>(kind: K, task: Tasks[K]['task']): Promise<Tasks[K]['result']>;
}
