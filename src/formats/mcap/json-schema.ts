/** The type of a property: viewers take one for each, and refuse a topic that has a choice of them. */
export type PropertyType = 'boolean' | 'string' | 'number' | 'integer' | 'object' | 'array';

/** A JSON schema of a topic that viewers of MCAP accept. @param properties in order */
export function jsonSchemaOf(
  topic: string,
  properties: readonly { readonly key: string; readonly type: PropertyType }[],
): object {
  const entries = properties.map(({ key, type }) => [key, propertyOf(type)] as const);
  return { title: topic, type: 'object', properties: Object.fromEntries(entries) };
}

function propertyOf(type: PropertyType): object {
  // Viewers want to know what is within; what is not known is shown as it comes.
  if (type === 'object') return { type, properties: {} };
  if (type === 'array') return { type, items: { type: 'object', properties: {} } };
  return { type };
}
