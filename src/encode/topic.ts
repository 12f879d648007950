import type { Interned } from './interner.js';
import { textOfString } from './json-bytes.js';

/** A topic, with its index in the current batch. */
export class Topic implements Interned {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly name: string;
  /** Number of the batch for which `indexInBatch` is valid. */
  batch = -1;
  /** Index among the topics of that batch. */
  indexInBatch = 0;

  /** @param bytes content of the topic's JSON string in the source; owned by the topic */
  constructor(bytes: Uint8Array, id: number) {
    this.id = id;
    this.bytes = bytes;
    this.name = textOfString(bytes, 0, bytes.length);
  }
}
