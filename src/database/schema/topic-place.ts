/** Where an event's topic is stored. */
export type TopicPlace =
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'parts'; readonly columns: readonly [string, string, string] }
  | { readonly kind: 'attributes' };

/** Attributes of which a topic is made, in order, where the event table has none. */
export const TOPIC_ATTRIBUTES = ['__system', '__source', '__key'] as const;
