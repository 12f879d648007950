import { type TimeUnit, UNIT_WORDS } from '../../encode/time-unit.js';
import type { Affinity } from './affinity.js';
import type { TopicPlace } from './topic-place.js';

/** Units of the times of a database. */
export interface TimeUnits {
  /** Of the data time in the event table, or of the time in a topic's table. */
  readonly column: TimeUnit;
  /** Of the values of `__data_time` and `__wire_time`. */
  readonly attributes: TimeUnit;
}

export const UNIX_SECONDS: TimeUnits = { column: 'unix-s', attributes: 'unix-s' };

/** A table, a view or a virtual table that rows are read from, in their order. */
export interface RowsOf {
  readonly table: string;
  /** Name of its row id; undefined where it has none, and its rows come in an order of its own. */
  readonly rowid: string | undefined;
  /** Whether it is a table of the file, so that SQLite can be told to use no index. */
  readonly isTable: boolean;
}

/** An event table and an attribute table, of which one is a view, or has no row ids, or whose times are in another unit. */
export interface TablePair {
  readonly kind: 'tables';
  readonly units: TimeUnits;
  readonly event: RowsOf & {
    readonly id: string;
    readonly idType: Affinity;
    readonly topic: TopicPlace;
    readonly dataTime: string | undefined;
  };
  readonly attribute: RowsOf & {
    readonly eventId: string;
    readonly eventIdType: Affinity;
    readonly key: string;
    readonly value: string;
    readonly dataType: string | undefined;
  };
}

/** An event table with a column that holds all attributes of an event, as a JSON object. */
export interface JsonColumn {
  readonly kind: 'json';
  readonly units: TimeUnits;
  readonly event: RowsOf & {
    readonly topic: TopicPlace;
    readonly dataTime: string | undefined;
    readonly json: string;
  };
}

/** A table for each topic, with a column for each attribute. */
export interface TopicTables {
  readonly kind: 'topics';
  readonly units: TimeUnits;
  readonly tables: readonly TopicTable[];
}

export interface TopicTable extends RowsOf {
  readonly topic: string;
  readonly time: string;
  /** Columns that are attributes, in order. */
  readonly columns: readonly string[];
}

/** How a database holds its events, where that is not in two tables which can be read in place. Plain data. */
export type SourceShape = TablePair | JsonColumn | TopicTables;

/** Topic tables that a description names. */
const MOST_TABLES_NAMED = 5;

/** Describes how a database was understood, in lines for people. */
export function describeShape(shape: SourceShape): string[] {
  return [...describeRows(shape), describeUnits(shape.units)];
}

function describeRows(shape: SourceShape): string[] {
  if (shape.kind === 'topics') {
    const named = shape.tables.slice(0, MOST_TABLES_NAMED);
    const more = shape.tables.length - named.length;
    return [
      `a table for each topic: ${named.map(({ table, topic }) => (table === topic ? table : `${table} as ${topic}`)).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      `times: ${[...new Set(shape.tables.map(({ time }) => `column ${time}`))].join(', ')}; every other column is an attribute`,
    ];
  }
  if (shape.kind === 'json') {
    const { event } = shape;
    return [describeEvents(event), `attributes: JSON objects in ${event.table}.${event.json}`];
  }
  const { event, attribute } = shape;
  return [
    `${describeEvents(event)}, id ${event.id}`,
    `attributes: ${kindOf(attribute)} ${attribute.table}, event id ${attribute.eventId}, key ${attribute.key}, value ${attribute.value}, data type ${attribute.dataType ?? 'none (values are not converted)'}`,
  ];
}

function describeEvents(event: JsonColumn['event'] | TablePair['event']): string {
  const time = event.dataTime ?? 'none (attribute __data_time)';
  return `events: ${kindOf(event)} ${event.table}, topic ${describeTopic(event.topic)}, data time ${time}`;
}

function kindOf({ isTable }: RowsOf): string {
  return isTable ? 'table' : 'view';
}

function describeTopic(topic: TopicPlace): string {
  if (topic.kind === 'column') return topic.column;
  return topic.kind === 'parts'
    ? `${topic.columns.join('.')} (parts)`
    : 'of the attributes __system, __source and __key';
}

function describeUnits({ column, attributes }: TimeUnits): string {
  if (column === attributes) return `time units: ${UNIT_WORDS[column]}`;
  return `time units: ${UNIT_WORDS[column]} in the column, ${UNIT_WORDS[attributes]} in attributes`;
}
