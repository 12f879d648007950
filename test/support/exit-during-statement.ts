/**
 * A program that is stopped while SQLite is in a statement that takes minutes: it closes its pool, writes `closed`, and ends
 * with the exit code that its argument gives.
 */
import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TaskPool } from '../../src/threads/task-pool.js';

const workerFile = new URL('./endless-worker.js', import.meta.url);
const pool = new TaskPool(1, { busyTimeoutS: 60, workerFile });
// The thread has loaded when a task has ended.
await pool.run('merge', {
  files: [],
  path: process.argv[3] as string,
  gauge: new Float64Array(new SharedArrayBuffer(16)),
});
const begun = `${process.argv[3]}-begun`;
const checking = pool.run('checkIntegrity', {
  path: begun,
  readPath: '',
  folders: { scratchFolder: '' },
  isQuick: false,
});
checking.catch(() => {});
while (!existsSync(begun)) await nextTurn();
await pool.close();
process.stdout.write('closed\n');
process.exit(Number(process.argv[2]));
