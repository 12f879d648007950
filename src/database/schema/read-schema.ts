import { TcsReplayError } from '../../shared/errors.js';
import { type Connection, isDamage, quoted } from '../connection.js';
import { type Schema, TOPIC_ATTRIBUTES, type TopicPlace } from './schema.js';
import { SchemaFinder } from './schema-finder.js';
import type { SchemaOverride } from './schema-override.js';
import { findReference } from './schema-reference.js';
import { affinityOf, findIndex, readTables, rowidName, type Table } from './schema-tables.js';

/**
 * Finds the tables and columns that hold the events.
 *
 * @param path names the database in errors
 * @param override tables and columns that the user named
 * @param option what the user calls the option that names them, for errors
 * @throws TcsReplayError `UNKNOWN_SCHEMA`: with what was found, and what to do
 */
export function readSchema(
  connection: Connection,
  path: string,
  override: SchemaOverride = {},
  option = 'schema',
): Schema {
  const finder = new SchemaFinder(path, readTables(connection), override, option);
  const event = finder.table('event.table');
  const attribute = finder.table('attribute.table');

  const eventRowid = rowidName(event);
  if (eventRowid === undefined) {
    throw new TcsReplayError(
      'UNKNOWN_SCHEMA',
      `Table ${event.name} of ${path} is WITHOUT ROWID: its rows have no order to replay them in; copy it into a table with one`,
    );
  }
  const { eventId, attributeEventId } = findReference(connection, finder, event, attribute);
  const key = finder.requireColumn(attribute, 'attribute.key').name;
  return {
    event: {
      table: event.name,
      rowid: eventRowid,
      id: eventId.name,
      topic: findTopic(finder, event, () => hasTopicAttributes(connection, attribute, key)),
      dataTime: finder.column(event, 'event.data_time')?.name,
    },
    attribute: {
      table: attribute.name,
      rowid: rowidName(attribute),
      eventId: attributeEventId.name,
      eventIdType: affinityOf(attribute, attributeEventId),
      key,
      value: finder.requireColumn(attribute, 'attribute.value').name,
      dataType: finder.column(attribute, 'attribute.data_type')?.name,
      index: findIndex(connection, attribute, attributeEventId.name),
      sideIndexOf: 'runs',
    },
    encoding: connection.pragma('encoding', { simple: true }) as Schema['encoding'],
  };
}

/** Attribute rows that are looked at. */
const ROWS_A_LOOK = 1000;

/** Whether one of the first attributes is part of a topic. True also where there are none, or they cannot be read. */
function hasTopicAttributes(connection: Connection, { name }: Table, key: string): boolean {
  try {
    const keys = connection
      .prepare(`SELECT ${quoted(key)} FROM ${quoted(name)} LIMIT ${ROWS_A_LOOK}`)
      .pluck()
      .all();
    return keys.length === 0 || TOPIC_ATTRIBUTES.some((part) => keys.includes(part));
  } catch (error) {
    if (isDamage(error)) return true;
    throw error;
  }
}

const PARTS = ['event.system', 'event.source', 'event.key'] as const;

/** @param hasAttributes whether a topic can be made of attributes */
function findTopic(finder: SchemaFinder, event: Table, hasAttributes: () => boolean): TopicPlace {
  const isInParts = finder.isGiven(...PARTS);
  const topic = isInParts ? undefined : finder.column(event, 'event.topic');
  if (topic !== undefined) {
    const parts = PARTS.flatMap((word) => finder.column(event, word) ?? []);
    const isCertain = finder.isGiven('event.topic') || topic.name.toLowerCase() === 'topic';
    if (!isCertain && parts.length === PARTS.length)
      throw finder.ambiguous(event, 'event.topic', [topic, ...parts]);
    return { kind: 'column', column: topic.name };
  }
  if (finder.isGiven('event.topic')) return { kind: 'attributes' };
  const [system, source, key] = PARTS.map((word) =>
    isInParts ? finder.requireColumn(event, word).name : finder.column(event, word)?.name,
  );
  if (system !== undefined && source !== undefined && key !== undefined) {
    return { kind: 'parts', columns: [system, source, key] };
  }
  // Without these, all topics would be "..".
  if (!hasAttributes()) finder.requireColumn(event, 'event.topic');
  return { kind: 'attributes' };
}
