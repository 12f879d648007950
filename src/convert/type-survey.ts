import type { Batch } from '../batch/batch.js';
import { PayloadScanner } from '../payload/payload-scanner.js';
import { KeyCount } from './key-count.js';
import { type KeyTypes, SeenTypes } from './seen-types.js';
import { type KeyEntry, TopicKeys } from './topic-keys.js';

/** Finds out which keys the events of each topic have, and what their values are. */
export class TypeSurvey {
  private readonly _scanner = new PayloadScanner();
  private readonly _topics = new Map<string, SeenTopic>();
  private readonly _room: Room = { bytes: MOST_KEPT_BYTES };
  private readonly _keyCount = new KeyCount();

  /** Looks at an event. @throws TcsReplayError `WRITE_FAILED` where there are too many keys for any output */
  see(batch: Batch, i: number): void {
    const topic = batch.topics[batch.topicIdOf(i)];
    let seen = this._topics.get(topic);
    if (seen === undefined) {
      seen = new SeenTopic(this._room);
      this._topics.set(topic, seen);
    }
    const { payloads } = batch;
    const [start, end] = [batch.startOf(i), batch.endOf(i)];
    // Nearly all samples of a topic are the same: see `ValueForm`.
    if (!seen.isNew(payloads, start, end)) return;
    const { keys } = seen;
    const scanner = this._scanner;
    if (!scanner.scan(payloads, start, end)) return;
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
    return this._topics.get(topic)?.keys.values() ?? [];
  }
}

/** Payloads that were seen last are kept: so many of a topic, and so many bytes in all. */
const [MOST_KEPT, MOST_KEPT_BYTES] = [4, 32 << 20];

/** What is left for payloads that are kept. */
interface Room {
  bytes: number;
}

/** What has been seen of a topic. */
class SeenTopic {
  readonly keys = new TopicKeys((key) => new SeenTypes(key));
  /** The payload that was seen last comes first. */
  private readonly _last: Buffer[] = [];
  private readonly _room: Room;

  constructor(room: Room) {
    this._room = room;
  }

  /** Whether a payload is none of those that were seen last. It is one of them from then on. */
  isNew(bytes: Buffer, start: number, end: number): boolean {
    const last = this._last;
    for (let i = 0; i < last.length; i++) {
      if (last[i].length !== end - start || bytes.compare(last[i], 0, end - start, start, end) !== 0)
        continue;
      if (i > 0) last.unshift(...last.splice(i, 1));
      return false;
    }
    if (last.length === MOST_KEPT) this._room.bytes += last.pop()?.length ?? 0;
    if (end - start > this._room.bytes) return true;
    this._room.bytes -= end - start;
    last.unshift(Buffer.from(bytes.subarray(start, end)));
    return true;
  }
}
