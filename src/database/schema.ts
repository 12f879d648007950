import { TcsReplayError } from '../errors.js';
import { type Connection, quoted } from './connection.js';

/** Where an event's topic is found. */
export type TopicPlace =
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'parts'; readonly columns: readonly [string, string, string] }
  | { readonly kind: 'attributes' };

/** The attributes that a topic is made of where the event table has none, in order. */
export const TOPIC_ATTRIBUTES = ['__system', '__source', '__key'] as const;

/** Which tables and columns of a database hold the events. Names are as they stand in the database, unquoted. */
export interface Schema {
  readonly event: {
    readonly table: string;
    readonly rowid: string;
    readonly id: string;
    readonly topic: TopicPlace;
    /** Undefined: only the attribute `__data_time` has it. */
    readonly dataTime: string | undefined;
  };
  readonly attribute: {
    readonly table: string;
    /** Undefined: the table is WITHOUT ROWID; its order is that of its primary key. */
    readonly rowid: string | undefined;
    readonly eventId: string;
    /** A type that compares as that of `eventId` does. */
    readonly eventIdType: Affinity;
    readonly key: string;
    readonly value: string;
    /** Undefined: values cannot be converted by type. */
    readonly dataType: string | undefined;
    /** The index that finds the rows of an event, if there is one. */
    readonly index: AttributeIndex | undefined;
  };
  /** How the database holds its texts. */
  readonly encoding: 'UTF-8' | 'UTF-16le' | 'UTF-16be';
}

export interface AttributeIndex {
  readonly name: string;
  /** Whether it yields the rows of an event in the order of the table, since it has no further column. */
  readonly keepsTableOrder: boolean;
}

/** How SQLite converts what is compared with a column (https://www.sqlite.org/datatype3.html, 3.1). */
export type Affinity = 'INTEGER' | 'TEXT' | 'BLOB' | 'REAL' | 'NUMERIC';

interface Column {
  name: string;
  type: string;
}

interface Table {
  name: string;
  columns: Column[];
  isWithoutRowid: boolean;
  isStrict: boolean;
}

/** The names that are understood, best first; upper and lower case are the same. */
const NAMES = {
  eventTable: ['event', 'events'],
  attributeTable: ['attribute', 'attributes'],
  id: ['event_id', 'id'],
  topic: ['topic', 'name', 'event'],
  topicParts: ['system', 'source', 'key'],
  dataTime: ['data_time', '__data_time', 'time'],
  key: ['key', 'name', 'attribute'],
  value: ['value', 'val'],
  dataType: ['data_type', 'type'],
} as const;

const ROWID_NAMES = ['rowid', '_rowid_', 'oid'];

/**
 * Finds out which tables and columns hold the events.
 *
 * @param path names the database in errors
 * @throws TcsReplayError `UNKNOWN_SCHEMA`: says what was found, and what would do
 */
export function readSchema(connection: Connection, path: string): Schema {
  const tables = readTables(connection);
  const event = findTable(tables, NAMES.eventTable, path);
  const attribute = findTable(tables, NAMES.attributeTable, path);

  const eventRowid = rowidName(event);
  if (eventRowid === undefined) {
    throw new TcsReplayError(
      'UNKNOWN_SCHEMA',
      `Table ${event.name} of ${path} is WITHOUT ROWID: its rows have no order to replay them in; copy it into a table with one`,
    );
  }
  const attributeEventId = requireColumn(attribute, NAMES.id, path);
  return {
    event: {
      table: event.name,
      rowid: eventRowid,
      id: requireColumn(event, NAMES.id, path).name,
      topic: findTopic(event),
      dataTime: findColumn(event, NAMES.dataTime)?.name,
    },
    attribute: {
      table: attribute.name,
      rowid: rowidName(attribute),
      eventId: attributeEventId.name,
      eventIdType: affinityOf(attribute, attributeEventId),
      key: requireColumn(attribute, NAMES.key, path).name,
      value: requireColumn(attribute, NAMES.value, path).name,
      dataType: findColumn(attribute, NAMES.dataType)?.name,
      index: findIndex(connection, attribute, attributeEventId.name),
    },
    encoding: connection.pragma('encoding', { simple: true }) as Schema['encoding'],
  };
}

function readTables(connection: Connection): Table[] {
  const list = connection.pragma('main.table_list') as {
    name: string;
    type: string;
    wr: number;
    strict: number;
  }[];
  return list
    .filter((table) => table.type === 'table' && !table.name.startsWith('sqlite_'))
    .map((table) => ({
      name: table.name,
      columns: connection.pragma(`main.table_info(${quoted(table.name)})`) as Column[],
      isWithoutRowid: table.wr === 1,
      isStrict: table.strict === 1,
    }));
}

function findTable(tables: Table[], names: readonly string[], path: string): Table {
  for (const name of names) {
    const found = tables.find((table) => table.name.toLowerCase() === name);
    if (found !== undefined) return found;
  }
  const found =
    tables.length === 0
      ? 'no table'
      : tables
          .map((table) => table.name)
          .sort()
          .join(', ');
  throw new TcsReplayError('UNKNOWN_SCHEMA', `No table ${names.join(' or ')} in ${path}: found ${found}`);
}

function findColumn(table: Table, names: readonly string[]): Column | undefined {
  for (const name of names) {
    const found = table.columns.find((column) => column.name.toLowerCase() === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function requireColumn(table: Table, names: readonly string[], path: string): Column {
  const found = findColumn(table, names);
  if (found !== undefined) return found;
  throw new TcsReplayError(
    'UNKNOWN_SCHEMA',
    `Table ${table.name} of ${path} has no column ${names.join(' or ')}: found ${table.columns.map((column) => column.name).join(', ')}`,
  );
}

function findTopic(event: Table): TopicPlace {
  const topic = findColumn(event, NAMES.topic);
  if (topic !== undefined) return { kind: 'column', column: topic.name };
  const [system, source, key] = NAMES.topicParts.map((name) => findColumn(event, [name])?.name);
  if (system !== undefined && source !== undefined && key !== undefined) {
    return { kind: 'parts', columns: [system, source, key] };
  }
  return { kind: 'attributes' };
}

/** A name of the row id that no column hides, or undefined where the table has no row id. */
function rowidName(table: Table): string | undefined {
  if (table.isWithoutRowid) return undefined;
  return ROWID_NAMES.find((name) => !table.columns.some((column) => column.name.toLowerCase() === name));
}

function affinityOf(table: Table, { type }: Column): Affinity {
  if (table.isStrict && /^any$/i.test(type)) return 'BLOB';
  if (/int/i.test(type)) return 'INTEGER';
  if (/char|clob|text/i.test(type)) return 'TEXT';
  if (/blob|^$/i.test(type)) return 'BLOB';
  return /real|floa|doub/i.test(type) ? 'REAL' : 'NUMERIC';
}

function findIndex(connection: Connection, attribute: Table, eventId: string): AttributeIndex | undefined {
  const indices = connection.pragma(`main.index_list(${quoted(attribute.name)})`) as {
    name: string;
    partial: number;
  }[];
  const usable = indices
    .filter((index) => index.partial === 0)
    .map((index) => ({
      name: index.name,
      columns: (
        connection.pragma(`main.index_xinfo(${quoted(index.name)})`) as {
          name: string | null;
          key: number;
          coll: string;
          desc: number;
        }[]
      ).filter((column) => column.key === 1),
    }))
    .filter(({ columns }) => columns[0]?.name === eventId && columns[0].coll === 'BINARY')
    .map(({ name, columns }) => ({ name, keepsTableOrder: columns.length === 1 }));
  return usable.find((index) => index.keepsTableOrder) ?? usable[0];
}
