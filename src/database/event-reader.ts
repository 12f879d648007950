/**
 * How events are read. What they are does not depend on it.
 *
 * - `pages`: from the pages of the file, past SQLite, where that is possible and proves right; otherwise by SQLite
 * - `sql`: by SQLite alone
 */
export type EventReader = 'pages' | 'sql';
