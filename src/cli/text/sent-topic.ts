import * as text from '../../shared/text.js';

/** A topic, with the name that it is sent as where topics are renamed: `tracker.position as replay.tracker.position`. */
export function sentTopic({ topic, sentAs }: { readonly topic: string; readonly sentAs?: string }): string {
  return sentAs === undefined ? text.name(topic) : `${text.name(topic)} as ${text.name(sentAs)}`;
}
