import type { Encoding, Schema } from './schema.js';
import type { SourceShape } from './source-shape.js';
import type { TopicPlace } from './topic-place.js';

/** Name of the index of a normal form, where it has one. */
export const NORMAL_INDEX = 'attribute_event_id';

/** The tables of the normal form that is made of a database: an event table and an attribute table. */
export function normalSchema(shape: SourceShape, encoding: Encoding): Schema {
  const attribute = { table: 'attribute', rowid: 'rowid', eventId: 'event_id', key: 'key', value: 'value' };
  if (shape.kind === 'tables') {
    const { topic, dataTime } = shape.event;
    return {
      event: {
        table: 'event',
        rowid: 'rowid',
        id: 'event_id',
        topic: normalTopic(topic),
        dataTime: dataTime === undefined ? undefined : 'data_time',
      },
      attribute: {
        ...attribute,
        eventIdType: shape.attribute.eventIdType,
        dataType: shape.attribute.dataType === undefined ? undefined : 'data_type',
        // Ids may come in any order. What finds the rows of each event is made as for any database without an index.
        index: undefined,
        sideIndexOf: 'runs',
      },
      encoding,
      shape,
    };
  }
  return {
    event: {
      table: 'event',
      rowid: 'rowid',
      id: 'event_id',
      topic: shape.kind === 'json' ? normalTopic(shape.event.topic) : { kind: 'column', column: 'topic' },
      dataTime: 'data_time',
    },
    attribute: {
      ...attribute,
      eventIdType: 'INTEGER',
      dataType: 'data_type',
      index: { name: NORMAL_INDEX, keepsTableOrder: true },
      sideIndexOf: 'runs',
    },
    // Its texts have gone through JavaScript.
    encoding: 'UTF-8',
    shape,
  };
}

function normalTopic(topic: TopicPlace): TopicPlace {
  if (topic.kind === 'column') return { kind: 'column', column: 'topic' };
  return topic.kind === 'parts' ? { kind: 'parts', columns: ['system', 'source', 'key'] } : topic;
}

/** The columns of an event table that hold its topic; none: it is made of attributes. */
export function topicColumns(topic: TopicPlace): readonly string[] {
  if (topic.kind === 'column') return [topic.column];
  return topic.kind === 'parts' ? topic.columns : [];
}
