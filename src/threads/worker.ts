/** The entry of a thread. */

import { serveTasks } from './serve-tasks.js';

export default serveTasks();
