import Database from 'better-sqlite3';

/** The topics of a recording's events, in order. */
export function recordedTopics(path: string): string[] {
  return rowsOf(path, 'SELECT topic FROM event ORDER BY event_id') as string[];
}

/** The texts of all values of a key in a recording, in the order of its events. */
export function recordedValues(path: string, key: string, prefix: '' | 'state_' = ''): string[] {
  return rowsOf(
    path,
    `SELECT value FROM ${prefix}attribute WHERE key = '${key}' ORDER BY event_id`,
  ) as string[];
}

function rowsOf(path: string, statement: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare(statement).pluck().all();
  } finally {
    db.close();
  }
}
