import { isAscii, isUtf8 } from 'node:buffer';
import type { Interned } from './interner.js';
import { asciiJsonString, textOfString } from './json-bytes.js';

/** Which of the keys that mean something to a replay a key is. */
export type KeyKind = 'plain' | 'wireTime' | 'dataTime';

/** An attribute's key, with all that the encoder wants to know of it found once. */
export class AttributeKey implements Interned {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly kind: KeyKind;
  /** `"key":` as it goes out. */
  readonly text: Uint8Array;
  /** Whether the source has the key as it goes out, so that bytes can be compared while they are copied. */
  readonly isVerbatim: boolean;
  /** Whether bytes that are not UTF-8 had to be replaced. */
  readonly isRepaired: boolean;
  /** The key that followed last time. Events of a topic repeat their keys, so it is nearly always right. */
  next: AttributeKey = this;
  /** The first of the keys that go out as the same text: bytes that are not UTF-8 make different keys alike. */
  readonly first: AttributeKey;
  /** Serial number of the event that had this key last: finds a key that occurs twice. */
  lastEvent = -1;

  /**
   * @param bytes content of the JSON string that the key is in the source
   * @param spellings keys that do not go out verbatim, by name; this one is added
   */
  constructor(bytes: Uint8Array, id: number, spellings: Map<string, AttributeKey>) {
    const name = textOfString(bytes, 0, bytes.length);
    this.id = id;
    this.bytes = bytes;
    this.kind = name === '__wire_time' ? 'wireTime' : name === '__data_time' ? 'dataTime' : 'plain';
    this.text = Buffer.from(`${asciiJsonString(name)}:`, 'latin1');
    this.isVerbatim = isAscii(bytes);
    this.isRepaired = !isUtf8(bytes);
    this.first = (!this.isVerbatim && spellings.get(name)) || this;
    if (!this.isVerbatim) spellings.set(name, this.first);
  }
}
