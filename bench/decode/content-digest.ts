import { createHash } from 'node:crypto';
import type { Batch } from '../../src/batch/batch.js';
import { Stamp } from '../../src/pacing/stamp.js';

/** Tells one sequence of events from any other, by their topics and payloads, however they come in batches. */
export class ContentDigest {
  private readonly _hash = createHash('sha256');
  private _events = 0;

  get events(): number {
    return this._events;
  }

  add(topic: string, payload: Uint8Array): void {
    this._events += 1;
    // Neither a topic nor a payload has a line break in it.
    this._hash.update(`${topic}\n`).update(payload).update('\n');
  }

  /** Nothing can be added any more. */
  end(): string {
    return this._hash.digest('hex');
  }
}

/** Of events as they would be sent at the times at which they were recorded: that fills their slots, in place. */
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
