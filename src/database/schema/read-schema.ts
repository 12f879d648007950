import { type Connection, isDamage, quoted } from '../connection.js';
import { findJsonColumn } from './find-json-column.js';
import { couldBeOfTopic, findTopicTables } from './find-topic-tables.js';
import { normalSchema } from './normal-schema.js';
import { sampleAttributes, sampleRows, unitsOf } from './sampled-times.js';
import type { Encoding, Schema } from './schema.js';
import { SchemaFinder } from './schema-finder.js';
import type { SchemaOverride } from './schema-override.js';
import { findReference } from './schema-reference.js';
import { affinityOf, type Column, findIndex, readTables, rowsOf, type Table } from './schema-tables.js';
import type { TablePair } from './source-shape.js';
import { TOPIC_ATTRIBUTES, type TopicPlace } from './topic-place.js';

/**
 * Finds the tables and columns that hold the events: in place, or in the normal form that is made of a database of another shape.
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
  const encoding = connection.pragma('encoding', { simple: true }) as Encoding;
  const isPair = finder.isGiven('event.table') || finder.find('event.table') !== undefined;
  const topics =
    isPair && override.topics === undefined ? undefined : findTopicTables(connection, finder, override);
  if (topics !== undefined) return normalSchema(topics, encoding);
  const event = finder.table('event.table', () => topicAdvice(finder));
  const json = findJson(finder, event);
  if (json !== undefined) {
    const topicBy = (hasParts: () => boolean) => findTopic(finder, event, hasParts);
    return normalSchema(findJsonColumn(connection, finder, event, json, topicBy, override), encoding);
  }
  return readPair(connection, finder, event, { encoding, override });
}

/** The column that holds the attributes, where there is one and no attribute table, or where the user named it. */
function findJson(finder: SchemaFinder, event: Table): Column | undefined {
  if (finder.isGiven('event.json')) return finder.requireColumn(event, 'event.json');
  const isPair = finder.isGiven('attribute.table') || finder.find('attribute.table') !== undefined;
  return isPair ? undefined : finder.column(event, 'event.json');
}

function topicAdvice(finder: SchemaFinder): string {
  const timed = finder.all.find((table) => couldBeOfTopic(finder, table));
  if (timed === undefined) return '';
  return finder.advice('if each table holds the events of a topic', `topic.${timed.name}`, 'TOPIC');
}

/** @param others tables that may hold attributes */
function jsonAdvice(finder: SchemaFinder, event: Table, others: readonly string[]): string {
  const columns = finder.unusedOf(event);
  if (others.length > 0 || columns.length === 0) return '';
  const name = columns.length === 1 ? columns[0].name : 'NAME';
  return finder.advice('if a column holds the attributes as JSON', 'event.json', name);
}

/** An event table and an attribute table: as they are, or the normal form of what cannot be read in place. */
function readPair(
  connection: Connection,
  finder: SchemaFinder,
  event: Table,
  { encoding, override }: { readonly encoding: Encoding; readonly override: SchemaOverride },
): Schema {
  const attribute = finder.table('attribute.table', (others) => jsonAdvice(finder, event, others));
  const { eventId, attributeEventId } = findReference(connection, finder, event, attribute);
  const key = finder.requireColumn(attribute, 'attribute.key').name;
  const value = finder.requireColumn(attribute, 'attribute.value').name;
  const dataType = finder.column(attribute, 'attribute.data_type')?.name;
  const topic = findTopic(finder, event, () => hasTopicAttributes(connection, attribute, key));
  const dataTime = finder.column(event, 'event.data_time')?.name;
  const index = findIndex(connection, attribute, attributeEventId.name);
  const [eventRows, attributeRows] = [rowsOf(event), rowsOf(attribute)];
  const units = unitsOf(override, () => {
    const columns = [eventId.name, ...(dataTime === undefined ? [] : [dataTime])];
    const rows = sampleRows(connection, eventRows, columns);
    const sampled = {
      ...attributeRows,
      eventId: attributeEventId.name,
      key,
      value,
      isIndexed: index !== undefined,
    };
    const ids = rows.map(([id]) => id);
    return { column: rows.map(([, time]) => time), attributes: sampleAttributes(connection, sampled, ids) };
  });
  const eventIdType = affinityOf(attribute, attributeEventId);
  const areSeconds = units.column === 'unix-s' && units.attributes === 'unix-s';
  const { rowid } = eventRows;
  if (rowid !== undefined && attributeRows.isTable && areSeconds) {
    return {
      event: { table: event.name, rowid, id: eventId.name, topic, dataTime },
      attribute: {
        table: attribute.name,
        rowid: attributeRows.rowid,
        eventId: attributeEventId.name,
        eventIdType,
        key,
        value,
        dataType,
        index,
        sideIndexOf: 'runs',
      },
      encoding,
    };
  }
  const pair: TablePair = {
    kind: 'tables',
    units,
    event: { ...eventRows, id: eventId.name, idType: affinityOf(event, eventId), topic, dataTime },
    attribute: { ...attributeRows, eventId: attributeEventId.name, eventIdType, key, value, dataType },
  };
  return normalSchema(pair, encoding);
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
