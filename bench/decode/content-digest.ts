import { createHash } from 'node:crypto';
import type { Batch } from '../../src/batch/batch.js';
import { Stamp } from '../../src/pacing/stamp.js';

/**
 * A digest of a sequence of events, by topics and payloads. It does not depend on how the events are divided
 * into batches.
 */
export class ContentDigest {
  private readonly _hash = createHash('sha256');
  private _events = 0;

  get events(): number {
    return this._events;
  }

  add(topic: string, payload: Uint8Array): void {
    this._events += 1;
    // Neither a topic nor a payload contains a line break.
    this._hash.update(`${topic}\n`).update(payload).update('\n');
  }

  /** Returns the digest. Nothing can be added afterwards. */
  end(): string {
    return this._hash.digest('hex');
  }
}

/**
 * The digest of events as if each were sent at its recorded time. It writes these times into the batches, in
 * place.
 */
export function digestOfBatches(batches: readonly Batch[]): string {
  const digest = new ContentDigest();
  const stamp = new Stamp();
  const us = (timeS: number) => Math.round(1e6 * timeS);
  for (const batch of batches) {
    for (let i = 0; i < batch.count; i++) {
      const payload = stamp.write(batch, i, us(batch.dueS[i]), us(batch.dataS[i]));
      digest.add(batch.topics[batch.topicIdOf(i)], payload);
    }
  }
  return digest.end();
}
