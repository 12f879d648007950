import { TcsReplayError } from '../shared/errors.js';

/** A table with more columns is no use to any program. */
const MOST_KEYS = 10_000;
/** Keys of all topics: what is noted of one takes some hundred bytes. */
const MOST_KEYS_IN_ALL = 1_000_000;

/** Counts the keys of all topics, and refuses more than an output can have. */
export class KeyCount {
  private _keys = 0;

  /**
   * Counts keys.
   *
   * @param keys number of keys of the topic @param added how many of them are new
   * @throws TcsReplayError `WRITE_FAILED` where there are too many for any output
   */
  add(topic: string, keys: number, added: number): void {
    this._keys += added;
    if (keys <= MOST_KEYS && this._keys <= MOST_KEYS_IN_ALL) return;
    throw new TcsReplayError(
      'WRITE_FAILED',
      `Expected at most ${MOST_KEYS} keys in a topic, and ${MOST_KEYS_IN_ALL} in all, for an output with types; found ${keys} in ${topic}, ${this._keys} in all: choose topics, or write JSON lines or a database`,
    );
  }
}
