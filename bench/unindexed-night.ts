import { rmSync, statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { madeOnce } from './made-once.js';
import { type Night, type NightOptions, tenths } from './night.js';

/** A step takes some tens of milliseconds. */
const ROWS_A_STEP = 50_000;

/**
 * Copies a night without its index: the same tables, rows and row ids, in a file that never had an index. The
 * copy is made once and kept beside the night.
 */
export async function withoutIndex(night: Night, options: NightOptions): Promise<Night> {
  const path = night.path.replace(/\.db$/, '-noindex.db');
  await madeOnce(path, async (partPath) => {
    options.onMake(path);
    await copyTables(night, partPath, options);
  });
  return { ...night, path, sizeBytes: statSync(path).size };
}

async function copyTables(
  { path, events, attributes }: Night,
  copyPath: string,
  { signal, onStep }: NightOptions,
): Promise<void> {
  rmSync(copyPath, { force: true });
  const copy = new SQLite(copyPath);
  try {
    copy.pragma('synchronous = OFF'); // Safe: the file gets its name when it is whole.
    copy.prepare('ATTACH ? AS night').run(path);
    const tables = copy.prepare(`SELECT sql FROM night.sqlite_schema WHERE type = 'table'`).pluck().all();
    for (const table of tables) copy.exec(table as string);
    copy.exec('BEGIN');
    copy.exec('INSERT INTO event SELECT * FROM night.event');
    const copyRows = copy.prepare(
      `INSERT INTO attribute (rowid, event_id, key, value, data_type)
       SELECT rowid, * FROM night.attribute WHERE rowid > ? AND rowid <= ?`,
    );
    const progress = onStep && tenths(events, onStep);
    const rows = events * attributes;
    for (let done = 0; done < rows; done += ROWS_A_STEP) {
      copyRows.run(done, done + ROWS_A_STEP);
      progress?.({ events: Math.min(events, Math.floor((done + ROWS_A_STEP) / attributes)) });
      await nextTurn();
      signal.throwIfAborted();
    }
    copy.exec('COMMIT');
  } finally {
    copy.close();
  }
}
