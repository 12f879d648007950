import type { FileFacts } from '../../database/file-facts.js';
import { describeSchema } from '../../database/schema/schema.js';

/** The schema that was recognized in a database, and its indices, as names and values. */
export function schemaLines({ schema, indices }: FileFacts): [string, string][] {
  const [first, ...others] = describeSchema(schema);
  const lines = others.map((line): [string, string] => ['', line]);
  if (schema.shape !== undefined) {
    const read = 'all of it is read once, into a normal form in the cache folder, which is played';
    return [['schema', first], ...lines, ['', read]];
  }
  const shown = indices.map(({ name, table, columns }) => `${name} on ${table}(${columns.join(', ')})`);
  if (schema.attribute.index === undefined)
    shown.push(
      'unless event ids ascend over the attributes, one more is made outside of the file to play it',
    );
  return [['schema', first], ...lines, ['indices', shown.join('; ')]];
}
