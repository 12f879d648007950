import type { FileFacts } from '../database/file-facts.js';
import type { TopicPlace } from '../database/schema.js';

/** How a database was understood, for people: names and what they stand for. */
export function schemaLines({ schema, indices }: FileFacts): [string, string][] {
  const { event, attribute } = schema;
  const eventColumns = [event.id, topicOf(event.topic), event.dataTime].filter((name) => name !== undefined);
  const attributeColumns = [attribute.eventId, attribute.key, attribute.value, attribute.dataType];
  const table = (name: string, names: readonly (string | undefined)[]) =>
    `${name}(${names.filter((column) => column !== undefined).join(', ')})`;
  const shown = indices.map(({ name, table: of, columns }) => `${name} on ${of}(${columns.join(', ')})`);
  const used =
    attribute.index === undefined
      ? `none on ${attribute.table}.${attribute.eventId}: one is made outside of the file to play it`
      : undefined;
  return [
    ['schema', `${table(event.table, eventColumns)}, ${table(attribute.table, attributeColumns)}`],
    ['indices', [...shown, used].filter((line) => line !== undefined).join('; ')],
  ];
}

function topicOf(topic: TopicPlace): string | undefined {
  if (topic.kind === 'column') return topic.column;
  return topic.kind === 'parts' ? topic.columns.join(', ') : undefined;
}
