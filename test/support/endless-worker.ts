import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { serveTasks } from '../../src/threads/serve-tasks.js';

const ROWS = 2e8;

/**
 * The entry of a thread in which SQLite's own check is one statement that takes minutes, as of a huge database. It makes the file
 * that the task names when it begins.
 */
export default serveTasks((call, perform) => {
  if (call.kind !== 'checkIntegrity') return perform(call);
  writeFileSync((call.task as { path: string }).path, '');
  const database = new Database(':memory:');
  database
    .prepare(
      `WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count LIMIT ${ROWS}) SELECT max(n) FROM count`,
    )
    .get();
  return { result: [] };
});
