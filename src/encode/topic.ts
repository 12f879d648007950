import type { Interned } from './interner.js';
import { textOfString } from './json-bytes.js';

/** A topic, with its index in the batch at hand. */
export class Topic implements Interned {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly name: string;
  /** Number of the batch that `idInBatch` holds for. */
  batch = -1;
  /** Index among the topics of that batch. */
  idInBatch = 0;

  /** @param bytes content of the JSON string that the topic is in the source */
  constructor(bytes: Uint8Array, id: number) {
    this.id = id;
    this.bytes = bytes;
    this.name = textOfString(bytes, 0, bytes.length);
  }
}
