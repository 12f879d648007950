import { messageOf } from '../../shared/errors.js';
import {
  asBytes,
  type Connection,
  isForeignIndex,
  isLocked,
  openReadOnly,
  quoted,
  SqliteError,
  stoppable,
} from '../connection.js';

import type { EventId } from '../event-id.js';
import type { GoOn } from '../go-on.js';
import type { Recording } from '../recording.js';
import { type Finding, FindingList, LONGEST_VALUE, MOST_MESSAGES } from './finding.js';

const MOST_EXAMPLES = 5;

/**
 * SQLite's own check of a file.
 *
 * @param isQuick leave out whether indices agree with their tables
 */
export function checkIntegrity(readPath: string, isQuick: boolean): Finding[] {
  const found = new FindingList();
  try {
    const connection = openReadOnly(readPath);
    try {
      const messages = integrityMessages(connection, isQuick, found);
      // A message may have several lines, the first of which is a headline.
      for (const line of messages.flatMap((message) => message.split('\n'))) {
        if (line !== 'ok' && line.trim() !== '' && !line.startsWith('***')) {
          found.add('integrity', { message: line.trim() });
        }
      }
    } finally {
      connection.close();
    }
  } catch (error) {
    found.add('integrity', { message: sqliteMessage(error) });
  }
  return found.findings;
}

function integrityMessages(connection: Connection, isQuick: boolean, found: FindingList): string[] {
  const pragma = isQuick ? 'quick_check' : 'integrity_check';
  try {
    return connection.prepare(`PRAGMA ${pragma}(${MOST_MESSAGES})`).pluck().all() as string[];
  } catch (error) {
    if (!isForeignIndex(error)) throw error;
    if (found.findings.length === 0) found.add('foreignIndex', { message: sqliteMessage(error) });
    // The rest of the file can be checked without comparing that index.
    return isQuick ? [] : integrityMessages(connection, true, found);
  }
}

/** Checks the tables of a recording against each other: attributes without an event, repeated and missing event ids. */
export function checkTables({ readPath, schema }: Recording, goOn: GoOn): Finding[] {
  const found = new FindingList();
  const connection = openReadOnly(readPath);
  const { event, attribute } = schema;
  // Not by an index, which may be in an order that only the program knows which made it.
  const [events, attributes] = [
    `${quoted(event.table)} NOT INDEXED`,
    `${quoted(attribute.table)} AS a NOT INDEXED`,
  ];
  const id = quoted(event.id);
  // Ids compare as in a replay, by the type of the attribute's column alone: hence the plus. Each is looked up in an index:
  // the table's own where integers are compared, or one that SQLite makes in a temporary file.
  const known = attribute.eventIdType === 'INTEGER' ? id : `+${id}`;
  const attributeRow = attribute.rowid === undefined ? undefined : `a.${quoted(attribute.rowid)}`;
  const ofEvents = stoppable(connection, quoted(event.rowid), goOn);
  const ofAttributes = stoppable(connection, attributeRow, goOn);
  const isOrphan = `${ofAttributes} AND (a.${quoted(attribute.eventId)} IS NULL
    OR ${asBytes(`a.${quoted(attribute.eventId)}`)} NOT IN (SELECT ${known} FROM ${events} WHERE ${id} IS NOT NULL))`;
  const row = attributeRow ?? 'NULL';
  const columns = [attribute.eventId, attribute.key, attribute.value].map((name) => `a.${quoted(name)}`);
  try {
    attempt(found, attribute.table, () => {
      const count = connection.prepare(`SELECT count(*) FROM ${attributes} WHERE ${isOrphan}`).pluck().get();
      if (count === 0) return;
      const examples = rowsOf(
        connection,
        `SELECT ${row}, ${columns.join(', ')} FROM ${attributes} WHERE ${isOrphan} LIMIT ${MOST_EXAMPLES}`,
      );
      for (const [at, eventId, key, value] of examples) {
        const place = { row: (at ?? undefined) as bigint | undefined, eventId: shownId(eventId) };
        found.add('orphan', { ...place, key: shown(key), value: shown(value) });
      }
      found.addUnlocated('orphan', (count as number) - examples.length);
    });
    attempt(found, event.table, () => {
      const repeated = `SELECT ${id} AS id, count(*) AS n, min(${quoted(event.rowid)}) AS r FROM ${events}
        WHERE ${ofEvents} AND ${id} IS NOT NULL GROUP BY ${asBytes(id)} HAVING n > 1`;
      const examples = rowsOf(connection, `${repeated} LIMIT ${MOST_EXAMPLES}`);
      if (examples.length === 0) return;
      const [[all]] = rowsOf(connection, `SELECT sum(n) FROM (${repeated})`);
      let told = 0;
      for (const [eventId, count, at] of examples) {
        found.add('repeatedEventId', { row: at as bigint, eventId: shownId(eventId) }, Number(count));
        told += Number(count);
      }
      found.addUnlocated('repeatedEventId', Number(all) - told);
    });
    attempt(found, event.table, () => {
      const without = `FROM ${events} WHERE ${ofEvents} AND ${id} IS NULL`;
      const [[all]] = rowsOf(connection, `SELECT count(*) ${without}`);
      if (all === 0n) return;
      const examples = rowsOf(connection, `SELECT ${quoted(event.rowid)} ${without} LIMIT ${MOST_EXAMPLES}`);
      for (const [at] of examples) found.add('noEventId', { row: at as bigint, eventId: null });
      found.addUnlocated('noEventId', Number(all) - examples.length);
    });
  } finally {
    connection.close();
  }
  return found.findings;
}

/** SQLite's message, with its code. @throws other errors, and that of a lock, which say nothing about the file */
export function sqliteMessage(error: unknown): string {
  if (!(error instanceof SqliteError) || isLocked(error)) throw error;
  return `${messageOf(error)} (${error.code})`;
}

function attempt(found: FindingList, table: string, look: () => void): void {
  try {
    look();
  } catch (error) {
    const kind = isForeignIndex(error) ? 'foreignIndex' : 'unreadableTable';
    found.add(kind, { message: `table ${table}: ${sqliteMessage(error)}` });
  }
}

function rowsOf(connection: Connection, sql: string): unknown[][] {
  return connection.prepare(sql).raw().safeIntegers().all() as unknown[][];
}

function shownId(id: unknown): EventId | null {
  return typeof id === 'bigint' || typeof id === 'string' || id === null ? id : String(id);
}

function shown(value: unknown): string {
  const text = value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : String(value);
  return text.slice(0, LONGEST_VALUE);
}
