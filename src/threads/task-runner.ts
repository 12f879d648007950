import type { Kind, Tasks } from './tasks.js';

/** Runs tasks, in threads or on the main thread. */
export interface TaskRunner {
  /**
   * Runs a task.
   *
   * @throws TcsReplayError the task's own error; `WORKER_FAILED` where its thread died or the runner has been closed
   */
  run<K extends Kind>(kind: K, task: Tasks[K]['task']): Promise<Tasks[K]['result']>;
}
