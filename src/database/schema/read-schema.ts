import { TcsReplayError } from '../../shared/errors.js';
import type { Connection } from '../connection.js';
import type { Schema, TopicPlace } from './schema.js';
import { SchemaFinder } from './schema-finder.js';
import type { SchemaOverride } from './schema-override.js';
import { affinityOf, findIndex, readTables, rowidName, type Table } from './schema-tables.js';

/**
 * Finds the tables and columns that hold the events.
 *
 * @param path names the database in errors
 * @param override tables and columns that the user named
 * @throws TcsReplayError `UNKNOWN_SCHEMA`: with what was found, and what to do
 */
export function readSchema(connection: Connection, path: string, override: SchemaOverride = {}): Schema {
  const finder = new SchemaFinder(path, readTables(connection), override);
  const event = finder.table('event.table');
  const attribute = finder.table('attribute.table');

  const eventRowid = rowidName(event);
  if (eventRowid === undefined) {
    throw new TcsReplayError(
      'UNKNOWN_SCHEMA',
      `Table ${event.name} of ${path} is WITHOUT ROWID: its rows have no order to replay them in; copy it into a table with one`,
    );
  }
  const attributeEventId = finder.requireColumn(attribute, 'attribute.event_id');
  return {
    event: {
      table: event.name,
      rowid: eventRowid,
      id: finder.requireColumn(event, 'event.id').name,
      topic: findTopic(finder, event),
      dataTime: finder.column(event, 'event.data_time')?.name,
    },
    attribute: {
      table: attribute.name,
      rowid: rowidName(attribute),
      eventId: attributeEventId.name,
      eventIdType: affinityOf(attribute, attributeEventId),
      key: finder.requireColumn(attribute, 'attribute.key').name,
      value: finder.requireColumn(attribute, 'attribute.value').name,
      dataType: finder.column(attribute, 'attribute.data_type')?.name,
      index: findIndex(connection, attribute, attributeEventId.name),
      sideIndexOf: 'runs',
    },
    encoding: connection.pragma('encoding', { simple: true }) as Schema['encoding'],
  };
}

const PARTS = ['event.system', 'event.source', 'event.key'] as const;

function findTopic(finder: SchemaFinder, event: Table): TopicPlace {
  const isInParts = finder.isGiven(...PARTS);
  const topic = isInParts ? undefined : finder.column(event, 'event.topic');
  if (topic !== undefined) return { kind: 'column', column: topic.name };
  if (finder.isGiven('event.topic')) return { kind: 'attributes' };
  const [system, source, key] = PARTS.map((word) =>
    isInParts ? finder.requireColumn(event, word).name : finder.column(event, word)?.name,
  );
  if (system !== undefined && source !== undefined && key !== undefined) {
    return { kind: 'parts', columns: [system, source, key] };
  }
  return { kind: 'attributes' };
}
