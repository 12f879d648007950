import { setImmediate as turn } from 'node:timers/promises';
import { numberOf } from '../../payload/attribute-reader.js';
import { PayloadScanner } from '../../payload/payload-scanner.js';
import type { Archive } from '../../timeline/archive.js';
import { payloadOf } from '../payload-text.js';
import type { Dictionary } from '../protocol.js';
import { topicOf } from '../topic-of.js';

type Attribute = Dictionary['topics'][number]['attributes'][number];

/** Payloads that are read between two turns of the event loop, in which events are sent: about a millisecond. */
const PAYLOADS_A_TURN = 32;

/** The topics of an archive with their attributes, as the last event of each topic has them. Sorted by name. */
export async function dictionaryOf(archive: Archive): Promise<Dictionary> {
  const topics: Dictionary['topics'][number][] = [];
  for (const event of await archive.stateAt(Number.POSITIVE_INFINITY)) {
    if (topics.length % PAYLOADS_A_TURN === PAYLOADS_A_TURN - 1) await turn();
    const { batch, first: index } = event;
    topics.push({ name: topicOf(event), attributes: attributesOf(payloadOf({ batch, index })) });
  }
  return { topics: topics.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function attributesOf(payload: Uint8Array): Attribute[] {
  const scanner = new PayloadScanner();
  scanner.scan(payload);
  const attributes = new Map<string, Attribute>();
  for (let i = 0; i < scanner.memberCount; i++) {
    const [name, kind] = [scanner.key(i), scanner.kind(i)];
    if (kind === 'array' || kind === 'object') continue;
    // Numbers are texts in a payload, unless they are converted.
    const isNumber =
      kind === 'nonFinite' ||
      ((kind === 'number' || kind === 'string') && Number.isFinite(numberOf(scanner.text(i))));
    attributes.set(name, { name, kind: isNumber ? 'number' : 'state' });
  }
  return [...attributes.values()];
}
