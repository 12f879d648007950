import { type Connection, isDamage, quoted } from '../connection.js';
import type { SchemaFinder } from './schema-finder.js';
import { affinityOf, type Column, foreignKeysOf, isUnique, type Table, withName } from './schema-tables.js';

/** Rows of a table that are compared. */
const ROWS_A_LOOK = 1000;

/** Two columns that hold the same ids: that of an event, and that of the event which an attribute belongs to. */
export interface Reference {
  readonly eventId: Column;
  readonly attributeEventId: Column;
}

/**
 * Finds how the attributes refer to their events: as the user named it, by a declared foreign key, or by the usual names. A
 * column that is unique by itself cannot refer to events by its name alone: an event would have one attribute at most.
 *
 * @throws TcsReplayError `UNKNOWN_SCHEMA` where there is none, or several are possible
 */
export function findReference(
  connection: Connection,
  finder: SchemaFinder,
  event: Table,
  attribute: Table,
): Reference {
  const keys = foreignKeysOf(connection, attribute);
  const ofEvents = keys.filter(({ table }) => withName([event], [table]) !== undefined);
  const attributeEventId = finder.isGiven('attribute.event_id')
    ? finder.requireColumn(attribute, 'attribute.event_id')
    : attributeColumn(connection, finder, attribute, ofEvents, keys);
  const key = ofEvents.find(({ from }) => from === attributeEventId);
  const eventId = finder.isGiven('event.id')
    ? finder.requireColumn(event, 'event.id')
    : ((key && withName(event.columns, [key.to ?? primaryKeyOf(event)])) ??
      eventColumn(connection, finder, event, { attribute, attributeEventId }));
  return { eventId, attributeEventId };
}

interface ForeignKey {
  readonly from: Column;
  readonly table: string;
}

function attributeColumn(
  connection: Connection,
  finder: SchemaFinder,
  attribute: Table,
  ofEvents: readonly ForeignKey[],
  all: readonly ForeignKey[],
): Column {
  const declared = attribute.columns.filter((column) => ofEvents.some(({ from }) => from === column));
  if (declared.length === 1) return declared[0];
  const isOfOtherTable = (column: Column) =>
    all.some(({ from }) => from === column) && !declared.includes(column);
  const named = finder.named(attribute, 'attribute.event_id');
  const possible = named.filter(
    (column) => !isUnique(connection, attribute, column) && !isOfOtherTable(column),
  );
  if (declared.length > 1) {
    const [both] = possible.filter((column) => declared.includes(column));
    if (both !== undefined) return both;
    throw finder.ambiguous(attribute, 'attribute.event_id', declared);
  }
  if (possible.length > 0) return possible[0];
  // Says that there is none of the names.
  if (named.length === 0) return finder.requireColumn(attribute, 'attribute.event_id');
  const [column] = named;
  const why = isOfOtherTable(column)
    ? 'refers to another table'
    : 'is unique, so that an event would have one attribute at most';
  throw finder.unsuited(attribute, 'attribute.event_id', named, why);
}

/**
 * The column of the event table by its usual names. Where both are there, that which has the type of the attribute's column, or
 * else that which has ids of the first attributes among the first events.
 */
function eventColumn(
  connection: Connection,
  finder: SchemaFinder,
  event: Table,
  { attribute, attributeEventId }: { attribute: Table; attributeEventId: Column },
): Column {
  const named = finder.named(event, 'event.id');
  if (named.length < 2) return finder.requireColumn(event, 'event.id');
  const affinity = affinityOf(attribute, attributeEventId);
  const alike = named.filter((column) => affinityOf(event, column) === affinity);
  if (alike.length === 1) return alike[0];
  const wanted = new Set(firstValues(connection, attribute, attributeEventId));
  const ids = named.map((column) => firstValues(connection, event, column));
  const fitting = named.filter((_column, i) => ids[i].some((id) => wanted.has(id)));
  if (fitting.length === 1) return fitting[0];
  const areSame = ids[0].every((id, i) => id === ids[1][i]);
  if (fitting.length === 0 || areSame) return withName(named, [attributeEventId.name]) ?? named[0];
  throw finder.ambiguous(event, 'event.id', named);
}

/** The values of a column in the first rows, as texts; none where they cannot be read. */
function firstValues(connection: Connection, table: Table, column: Column): string[] {
  const sql = `SELECT CAST(${quoted(column.name)} AS TEXT) FROM ${quoted(table.name)} NOT INDEXED LIMIT ${ROWS_A_LOOK}`;
  try {
    return connection.prepare(sql).pluck().all() as string[];
  } catch (error) {
    if (isDamage(error)) return [];
    throw error;
  }
}

function primaryKeyOf({ columns }: Table): string {
  return columns.find(({ pk }) => pk === 1)?.name ?? '';
}
