import { TcsReplayError } from '../shared/errors.js';
import { type Connection, isDamage } from './connection.js';
import { EventTable } from './events/event-table.js';
import type { Recording } from './recording.js';
import { STATE_PREFIX } from './recording-tables.js';
import { readSchema } from './schema/read-schema.js';
import type { Schema } from './schema/schema.js';
import type { SchemaOverride } from './schema/schema-override.js';

/** The tables that a recorder writes. */
const STATE_TABLES: SchemaOverride = {
  'event.table': `${STATE_PREFIX}event`,
  'attribute.table': `${STATE_PREFIX}attribute`,
  'event.time': 'unix-s',
};
const ARE_THERE = `SELECT count(*) = 2 FROM main.sqlite_schema WHERE type = 'table' AND name IN ('${STATE_PREFIX}event', '${STATE_PREFIX}attribute')`;
const COUNT = `SELECT count(*) FROM ${STATE_PREFIX}event`;

/**
 * The last event of each topic before a recording, where a recorder wrote them into tables of their own: as a recording that is
 * read like any other.
 *
 * @returns undefined where there are none, or they cannot be read
 */
export function stateOf(connection: Connection, recording: Recording): Recording | undefined {
  const { path, schema, salvagePath } = recording;
  try {
    if (!hasState(connection, schema)) return undefined;
    const found = readSchema(connection, path, STATE_TABLES);
    if (found.shape !== undefined || found.attribute.index === undefined) return undefined;
    const { rows } = new EventTable(connection, found).extent();
    if (rows === undefined) return undefined;
    return {
      ...recording,
      schema: found,
      sideIndexPath: undefined,
      ascending: undefined,
      salvagePath: `${salvagePath}-state`,
      damage: [],
      rows,
      landmarks: [],
      firstTimeS: Number.NaN,
      lastTimeS: Number.NaN,
    };
  } catch (error) {
    if (isDamage(error) || (error instanceof TcsReplayError && error.code === 'UNKNOWN_SCHEMA'))
      return undefined;
    throw error;
  }
}

/** The number of topics of which `stateOf` gives an event; 0 where it gives none. */
export function countState(connection: Connection, schema: Schema): number {
  try {
    return hasState(connection, schema) ? (connection.prepare(COUNT).pluck().get() as number) : 0;
  } catch (error) {
    if (isDamage(error)) return 0;
    throw error;
  }
}

/** Whether there are such tables beside those that are played. */
function hasState(connection: Connection, { event, shape }: Schema): boolean {
  const isElsewhere = shape === undefined && event.table !== STATE_TABLES['event.table'];
  return isElsewhere && connection.prepare(ARE_THERE).pluck().get() === 1;
}
