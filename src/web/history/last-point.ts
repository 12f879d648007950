import { AttributeReader, numberOf } from '../../payload/attribute-reader.js';
import type { Archive } from '../../timeline/archive.js';
import { payloadOf } from '../payload-text.js';
import type { Point } from '../protocol.js';
import { topicOf } from '../topic-of.js';
import type { PointQuery } from './time-query.js';

/** A moment behind an event, in seconds: times have microseconds. */
const MOMENT_S = 1e-6;

/** The value that an attribute has in the last event of its topic up to the end of a time; no point where that is before the time, or has no such attribute. */
export async function lastPoint(
  archive: Archive,
  { topic, attribute, bins: { fromS, toS } }: Omit<PointQuery, 'strategy'>,
): Promise<Point[]> {
  const past = await archive.stateAt(toS + MOMENT_S);
  const event = past.find((run) => topicOf(run) === topic);
  if (event === undefined) return [];
  const { batch, first: index } = event;
  const text = new AttributeReader().textOf(payloadOf({ batch, index }), attribute);
  if (!(batch.dueS[index] >= fromS) || text === undefined) return [];
  const number = numberOf(text);
  return [{ timestamp: 1000 * batch.dueS[index], value: Number.isFinite(number) ? number : text }];
}
