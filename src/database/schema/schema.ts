import type { Affinity } from './affinity.js';
import { describeShape, type SourceShape } from './source-shape.js';
import { TOPIC_ATTRIBUTES, type TopicPlace } from './topic-place.js';

/** Tables and columns of a database that hold the events. Names are as in the database, unquoted. */
export interface Schema {
  readonly event: {
    readonly table: string;
    readonly rowid: string;
    readonly id: string;
    readonly topic: TopicPlace;
    /** Undefined: data times are only in the attribute `__data_time`. */
    readonly dataTime: string | undefined;
  };
  readonly attribute: {
    readonly table: string;
    /** Undefined: the table is WITHOUT ROWID, in the order of its primary key. */
    readonly rowid: string | undefined;
    readonly eventId: string;
    /** A type that compares as that of `eventId` does. */
    readonly eventIdType: Affinity;
    readonly key: string;
    readonly value: string;
    /** Undefined: values cannot be converted by type. */
    readonly dataType: string | undefined;
    /** The index that finds the rows of an event; undefined where there is none. */
    readonly index: AttributeIndex | undefined;
    /**
     * Entries of a side index, where the table has no index: runs of rows, or, if it was built around damage, single rows. `nothing`: there is
     * none, since ids ascend over the table, and `RunFinder` finds the rows of an event.
     */
    readonly sideIndexOf: 'runs' | 'rows' | 'nothing';
  };
  /** Encoding of texts in the database. */
  readonly encoding: Encoding;
  /**
   * How the database holds its events, where they cannot be read in place. The tables named here are then those of its normal
   * form, which is made in the cache.
   */
  readonly shape?: SourceShape;
}

export type Encoding = 'UTF-8' | 'UTF-16le' | 'UTF-16be';

export interface AttributeIndex {
  readonly name: string;
  /** Whether it yields the rows of an event in the order of the table: it has no further column. */
  readonly keepsTableOrder: boolean;
}

/** Describes a schema in lines for people: tables and their columns, index, texts. */
export function describeSchema({ event, attribute, encoding, shape }: Schema): string[] {
  if (shape !== undefined) return describeShape(shape);
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
