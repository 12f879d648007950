import type { MicroTask } from './micro-task.js';
import { BATCH_TASKS } from './tasks/batch.js';
import { ENCODE_TASKS } from './tasks/encode.js';
import { MERGE_TASKS } from './tasks/merge.js';
import { NUMBER_TASKS } from './tasks/number.js';
import { SENT_TASKS } from './tasks/sent.js';
import { STAMP_TASKS } from './tasks/stamp.js';

/** All tasks, in the order in which an event passes through these parts. */
export const MICRO_TASKS: readonly MicroTask[] = [
  ...ENCODE_TASKS,
  ...NUMBER_TASKS,
  ...BATCH_TASKS,
  ...MERGE_TASKS,
  ...STAMP_TASKS,
  ...SENT_TASKS,
];
