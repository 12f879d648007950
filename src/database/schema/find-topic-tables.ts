import type { Connection } from '../connection.js';
import { type SampledTimes, sampleRows, TIME_ATTRIBUTES, unitsOf } from './sampled-times.js';
import type { SchemaFinder } from './schema-finder.js';
import type { SchemaOverride } from './schema-override.js';
import { rowsOf, type Table } from './schema-tables.js';
import type { TopicTable, TopicTables } from './source-shape.js';

/** A table's name that is a topic, as by `system.source.key`, and hardly anything else. */
const LIKE_A_TOPIC = /^[^.]+(?:\.[^.]+){2,}$/;
/** Stands for all tables, and in a topic for the name of the table. */
const EVERY = '*';

/**
 * A table for each topic: those that the user named, or, where nothing else can be meant, those whose names are topics.
 *
 * @returns undefined where the user named none, and no table's name is a topic
 * @throws TcsReplayError `UNKNOWN_SCHEMA` where a table that the user named is missing, or has no time
 */
export function findTopicTables(
  connection: Connection,
  finder: SchemaFinder,
  override: SchemaOverride,
): TopicTables | undefined {
  const tables = named(finder, override.topics) ?? recognised(finder);
  if (tables.length === 0) return undefined;
  return { kind: 'topics', tables, units: unitsOf(override, () => sample(connection, tables)) };
}

function named(finder: SchemaFinder, topics: SchemaOverride['topics']): TopicTable[] | undefined {
  if (topics === undefined) return undefined;
  const every = topics.find(({ table }) => table === EVERY);
  const own = topics
    .filter((one) => one !== every)
    .map(({ table, topic }) => {
      const word = `topic.${table}`;
      const found = finder.tableNamed(table, word);
      return topicTable(finder, found, topic, () => finder.requireColumn(found, 'event.data_time').name);
    });
  if (every === undefined) return sorted(own);
  const others = finder.all.filter(({ name }) => own.every(({ table }) => table !== name));
  const more = others.filter((table) => timeOf(finder, table) !== undefined);
  if (more.length === 0 && own.length === 0)
    throw finder.fault(`No table with a time, which topic.* stands for,`);
  return sorted([...own, ...more.map((table) => topicTable(finder, table, every.topic))]);
}

function recognised(finder: SchemaFinder): TopicTable[] {
  return sorted(
    finder.all
      .filter((table) => LIKE_A_TOPIC.test(table.name) && timeOf(finder, table) !== undefined)
      .map((table) => topicTable(finder, table, EVERY)),
  );
}

/** Whether a table could be that of a topic. */
export function couldBeOfTopic(finder: SchemaFinder, table: Table): boolean {
  return timeOf(finder, table) !== undefined;
}

/** @param topic `*` stands for the name of the table */
function topicTable(
  finder: SchemaFinder,
  table: Table,
  topic: string,
  missing: () => string = () => '',
): TopicTable {
  const time = timeOf(finder, table) ?? missing();
  const ids = finder.named(table, 'event.id').filter(({ pk }) => pk === 1);
  return {
    ...rowsOf(table),
    topic: topic.replaceAll(EVERY, table.name),
    time,
    columns: table.columns
      .filter((column) => !ids.includes(column))
      .map(({ name }) => name)
      .filter((name) => name !== time || isTimeAttribute(name)),
  };
}

function timeOf(finder: SchemaFinder, table: Table): string | undefined {
  if (finder.isGiven('event.data_time')) return finder.columnGiven(table, 'event.data_time')?.name;
  return (
    finder.named(table, 'event.data_time').at(0) ?? table.columns.find(({ name }) => isTimeAttribute(name))
  )?.name;
}

function isTimeAttribute(name: string): boolean {
  return (TIME_ATTRIBUTES as readonly string[]).includes(name);
}

function sorted(tables: TopicTable[]): TopicTable[] {
  return tables.sort((a, b) => (a.table < b.table ? -1 : 1));
}

function sample(connection: Connection, tables: readonly TopicTable[]): SampledTimes {
  const [column, attributes]: unknown[][] = [[], []];
  for (const { columns, time, ...rows } of tables) {
    const times = columns.filter(isTimeAttribute);
    for (const [ofRow, ...ofAttributes] of sampleRows(connection, rows, [time, ...times])) {
      column.push(ofRow);
      attributes.push(...ofAttributes);
    }
  }
  return { column, attributes };
}
