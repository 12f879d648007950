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
    /** Of what a side index has entries, where there is one: of runs of rows, or, built around damage, of each row. */
    readonly sideIndexOf: 'runs' | 'rows';
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

/** How a database was understood, in lines for people: tables and their columns, index, texts. */
export function describeSchema({ event, attribute, encoding }: Schema): string[] {
  const topic = { column: '', parts: 'parts', attributes: 'attributes' }[event.topic.kind];
  const names =
    event.topic.kind === 'column'
      ? event.topic.column
      : (event.topic.kind === 'parts' ? event.topic.columns : TOPIC_ATTRIBUTES).join('.');
  const index = attribute.index;
  return [
    `events: table ${event.table}, id ${event.id}, topic ${names}${topic === '' ? '' : ` (${topic})`}, data time ${event.dataTime ?? 'none (attribute __data_time)'}`,
    `attributes: table ${attribute.table}, event id ${attribute.eventId}, key ${attribute.key}, value ${attribute.value}, data type ${attribute.dataType ?? 'none (values are not converted)'}`,
    `index on ${attribute.table}.${attribute.eventId}: ${index === undefined ? 'none' : index.name}`,
    `texts: ${encoding}`,
  ];
}
