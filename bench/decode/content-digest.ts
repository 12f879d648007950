import { createHash } from 'node:crypto';

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
