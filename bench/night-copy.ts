import { rmSync, statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { madeOnce } from './made-once.js';
import { type Night, type NightOptions, tenths } from './night.js';

/** A step takes some tens of milliseconds. */
const ROWS_A_STEP = 50_000;

/** How a copy of a night differs from it. */
interface Copy {
  /** Part of the name of its file. */
  readonly name: string;
  /** Changes the statement that makes a table. */
  readonly tableOf: (sql: string) => string;
  /** An expression of the event's id in the copy. */
  readonly id: string;
  readonly hasIndex: boolean;
}

/** The same tables, rows and row ids, in a file that never had an index. */
const WITHOUT_INDEX: Copy = { name: 'noindex', tableOf: (sql) => sql, id: 'event_id', hasIndex: false };

/** The same rows and row ids; ids are texts of 24 hexadecimal digits, which ascend. */
const TEXT_IDS: Copy = {
  name: 'textids',
  tableOf: (sql) => sql.replace(/\bevent_id INTEGER/, 'event_id TEXT'),
  id: `printf('5ab6a0f4%016x', 3 * event_id)`,
  hasIndex: true,
};

/** Copies a night without its index. The copy is made once and kept beside the night. */
export function withoutIndex(night: Night, options: NightOptions): Promise<Night> {
  return copied(night, WITHOUT_INDEX, options);
}

/** Copies a night with texts for ids. The copy is made once and kept beside the night. */
export function withTextIds(night: Night, options: NightOptions): Promise<Night> {
  return copied(night, TEXT_IDS, options);
}

async function copied(night: Night, copy: Copy, options: NightOptions): Promise<Night> {
  const path = night.path.replace(/\.db$/, `-${copy.name}.db`);
  await madeOnce(path, async (partPath) => {
    options.onMake(path);
    await copyTables(night, partPath, copy, options);
  });
  return { ...night, path, sizeBytes: statSync(path).size };
}

async function copyTables(
  { path, events, attributes }: Night,
  copyPath: string,
  { tableOf, id, hasIndex }: Copy,
  { signal, onStep }: NightOptions,
): Promise<void> {
  rmSync(copyPath, { force: true });
  const copy = new SQLite(copyPath);
  try {
    copy.pragma('synchronous = OFF'); // Safe: the file gets its name when it is whole.
    copy.prepare('ATTACH ? AS night').run(path);
    const statements = copy
      .prepare('SELECT sql FROM night.sqlite_schema WHERE type = ? AND sql IS NOT NULL')
      .pluck();
    for (const table of statements.all('table')) copy.exec(tableOf(table as string));
    copy.exec('BEGIN');
    copy.exec(
      `INSERT INTO event (rowid, event_id, topic, data_time)
       SELECT rowid, ${id}, topic, data_time FROM night.event ORDER BY rowid`,
    );
    const copyRows = copy.prepare(
      `INSERT INTO attribute (rowid, event_id, key, value, data_type)
       SELECT rowid, ${id}, key, value, data_type FROM night.attribute WHERE rowid > ? AND rowid <= ?`,
    );
    const progress = onStep && tenths(events, onStep);
    const rows = events * attributes;
    for (let done = 0; done < rows; done += ROWS_A_STEP) {
      copyRows.run(done, done + ROWS_A_STEP);
      progress?.({ events: Math.min(events, Math.floor((done + ROWS_A_STEP) / attributes)) });
      await nextTurn();
      signal.throwIfAborted();
    }
    if (hasIndex) for (const index of statements.all('index')) copy.exec(index as string);
    copy.exec('COMMIT');
  } finally {
    copy.close();
  }
}
