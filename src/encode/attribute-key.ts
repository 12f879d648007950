import { isAscii, isUtf8 } from 'node:buffer';
import type { Interned } from './interner.js';
import { asciiJsonString, textOfString } from './json-bytes.js';
import { wordsOf } from './words.js';

/** Which key with a meaning for the replay it is: a time, or none. */
type KeyKind = 'plain' | 'wireTime' | 'dataTime';

/** More distinct keys than a real night has. Beyond it they are forgotten, to bound memory. */
export const MOST_KEYS = 1 << 16;
/** Id of `keyBeforeTheFirst`. */
export const NO_KEY = -1;

/** A key of attributes, with everything that the encoder needs to know about it, found once. */
export class AttributeKey implements Interned {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly kind: KeyKind;
  /** `"key":` as in the payload, in ASCII. */
  readonly text: Uint8Array;
  /** `bytes`, see `wordsOf`. */
  readonly words: Int32Array;
  /** Whether the source has the same bytes as the payload: they can be compared while they are copied. */
  readonly isVerbatim: boolean;
  /** Whether it has invalid UTF-8, which `text` replaces. */
  readonly isRepaired: boolean;
  /** The key that followed last time: a prediction, nearly always right, as events of a topic repeat their keys. */
  next: AttributeKey = this;
  /** The first of the keys with the same `text`: replacing invalid UTF-8 can make different keys equal. */
  readonly first: AttributeKey;
  /** Serial number of the last event with this key: detects a key that occurs twice. */
  lastEvent = -1;

  /**
   * @param bytes content of the key's JSON string in the source; owned by the key
   * @param spellings the keys so far that are not verbatim, by name; this one is added
   */
  constructor(bytes: Uint8Array, id: number, spellings: Map<string, AttributeKey>) {
    const name = textOfString(bytes, 0, bytes.length);
    this.id = id;
    this.bytes = bytes;
    this.kind = name === '__wire_time' ? 'wireTime' : name === '__data_time' ? 'dataTime' : 'plain';
    this.text = Buffer.from(`${asciiJsonString(name)}:`, 'latin1');
    this.words = wordsOf(bytes);
    this.isVerbatim = isAscii(bytes);
    this.isRepaired = !isUtf8(bytes);
    this.first = (!this.isVerbatim && spellings.get(name)) || this;
    if (!this.isVerbatim) spellings.set(name, this.first);
  }
}

/** The key before an event's first: its `next` predicts that. It equals no key itself: it is not verbatim, and has an id of its own. */
export function keyBeforeTheFirst(): AttributeKey {
  return new AttributeKey(new Uint8Array([0xff]), NO_KEY, new Map());
}
