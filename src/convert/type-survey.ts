import type { Batch } from '../batch/batch.js';
import { PayloadScanner } from '../payload/payload-scanner.js';
import { KeyCount } from './key-count.js';
import { type KeyTypes, SeenTypes } from './seen-types.js';
import { type KeyEntry, TopicKeys } from './topic-keys.js';

/** Finds out which keys the events of each topic have, and what their values are. */
export class TypeSurvey {
  private readonly _scanner = new PayloadScanner();
  private readonly _topics = new Map<string, TopicKeys<SeenTypes>>();
  private readonly _keyCount = new KeyCount();

  /** Looks at an event. @throws TcsReplayError `WRITE_FAILED` where there are too many keys for any output */
  see(batch: Batch, i: number): void {
    const topic = batch.topics[batch.topicIdOf(i)];
    let keys = this._topics.get(topic);
    if (keys === undefined) {
      keys = new TopicKeys((key) => new SeenTypes(key));
      this._topics.set(topic, keys);
    }
    const { payloads } = batch;
    const scanner = this._scanner;
    if (!scanner.scan(payloads, batch.startOf(i), batch.endOf(i))) return;
    const before = keys.size;
    let entry: KeyEntry<SeenTypes> | undefined;
    for (let member = 0; member < scanner.memberCount; member++) {
      entry = keys.at(scanner, payloads, member, entry);
      entry.value.see(scanner.kind(member), payloads, scanner.valueAt(member), scanner.valueEnd(member));
    }
    if (keys.size > before) this._keyCount.add(topic, keys.size, keys.size - before);
  }

  /** The keys of a topic, in the order in which they first occurred; none for a topic that was not seen. */
  keysOf(topic: string): readonly KeyTypes[] {
    return this._topics.get(topic)?.values() ?? [];
  }
}
