import { type Connection, isDamage, quoted } from '../connection.js';
import { type SampledTimes, sampleRows, TIME_ATTRIBUTES, unitsOf } from './sampled-times.js';
import type { SchemaFinder } from './schema-finder.js';
import type { SchemaOverride } from './schema-override.js';
import type { Column, Table } from './schema-tables.js';
import { rowsOf } from './schema-tables.js';
import type { JsonColumn } from './source-shape.js';
import { TOPIC_ATTRIBUTES, type TopicPlace } from './topic-place.js';

/** Rows that are looked at. */
const ROWS_A_LOOK = 1000;

/**
 * An event table with a column of JSON objects in place of an attribute table.
 *
 * @param json the column
 * @param findTopic finds where a topic is, by whether the attributes have its parts
 * @throws TcsReplayError `UNKNOWN_SCHEMA` where the first values of the column are no JSON objects
 */
export function findJsonColumn(
  connection: Connection,
  finder: SchemaFinder,
  event: Table,
  json: Column,
  findTopic: (hasParts: () => boolean) => TopicPlace,
  override: SchemaOverride,
): JsonColumn {
  const keys = firstKeys(connection, event, json);
  if (keys === undefined) throw finder.unsuited(event, 'event.json', [json], 'holds no JSON objects');
  const rows = rowsOf(event);
  const dataTime = finder.column(event, 'event.data_time')?.name;
  return {
    kind: 'json',
    units: unitsOf(override, () => sample(connection, rows, json.name, dataTime)),
    event: {
      ...rows,
      topic: findTopic(() => keys.length === 0 || TOPIC_ATTRIBUTES.some((part) => keys.includes(part))),
      dataTime,
      json: json.name,
    },
  };
}

/** The keys of the first objects; undefined where there are values, and none of the first ones is an object. */
function firstKeys(connection: Connection, { name }: Table, json: Column): string[] | undefined {
  const column = quoted(json.name);
  try {
    const values = connection
      .prepare(
        `SELECT ${jsonText(column)} FROM ${quoted(name)} WHERE ${column} IS NOT NULL LIMIT ${ROWS_A_LOOK}`,
      )
      .pluck()
      .all();
    const objects = values.flatMap(objectOf);
    if (values.length > 0 && objects.length === 0) return undefined;
    return [...new Set(objects.flatMap(Object.keys))];
  } catch (error) {
    if (isDamage(error)) return [];
    throw error;
  }
}

function sample(
  connection: Connection,
  rows: ReturnType<typeof rowsOf>,
  json: string,
  dataTime: string | undefined,
): SampledTimes {
  const found = sampleRows(connection, rows, dataTime === undefined ? [json] : [json, dataTime]);
  const objects = found.flatMap(([text]) => objectOf(text));
  return {
    column: found.map(([, time]) => time),
    attributes: objects.flatMap((object) => TIME_ATTRIBUTES.map((name) => object[name])),
  };
}

function objectOf(value: unknown): Record<string, unknown>[] {
  try {
    const text = value instanceof Uint8Array ? Buffer.from(value).toString() : value;
    const found: unknown = JSON.parse(String(text));
    return typeof found === 'object' && found !== null && !Array.isArray(found)
      ? [found as Record<string, unknown>]
      : [];
  } catch {
    return [];
  }
}

/** SQL of a value that is JSON: SQLite's own binary form becomes a text, everything else stays as it is. */
export function jsonText(column: string): string {
  return `CASE WHEN typeof(${column}) = 'blob' AND json_valid(${column}, 8) THEN json(${column}) ELSE ${column} END`;
}
