import type { FileFacts } from '../../database/file-facts.js';
import { describeSchema } from '../../database/schema/schema.js';

/** The schema that was recognized in a database, and its indices, as names and values. */
export function schemaLines({ schema, indices }: FileFacts): [string, string][] {
  const [first, ...others] = describeSchema(schema);
  const shown = indices.map(({ name, table, columns }) => `${name} on ${table}(${columns.join(', ')})`);
  if (schema.attribute.index === undefined)
    shown.push(
      'unless event ids ascend over the attributes, one more is made outside of the file to play it',
    );
  const lines = others.map((line): [string, string] => ['', line]);
  return [['schema', first], ...lines, ['indices', shown.join('; ')]];
}
