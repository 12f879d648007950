import type { IndexKey } from './index-key.js';
import { OddRow } from './odd-row.js';

/** Longer texts are not kept. */
const LONGEST_TEXT_BYTES = 256;

/** Follows ids one by one: whether they ascend, and which is the first and the last. */
export class IdOrder {
  /** Whether the ids so far are of one kind and ascend, texts by their bytes. */
  isAscending = true;
  private _count = 0;
  private _firstInteger = 0;
  private _lastInteger = 0;
  private _firstText: Uint8Array | undefined;
  private readonly _lastText = new Uint8Array(LONGEST_TEXT_BYTES);
  private _lastTextBytes = 0;

  /** Forgets all ids. */
  clear(): void {
    this.isAscending = true;
    this._count = 0;
    this._firstText = undefined;
  }

  addInteger(id: number): void {
    if (this._count === 0) this._firstInteger = id;
    else if (this._firstText !== undefined || id <= this._lastInteger) this.isAscending = false;
    this._lastInteger = id;
    this._count += 1;
  }

  /** @param bytes hold the text from `at` on; they are not kept */
  addText(bytes: Uint8Array, at: number, length: number): void {
    if (length > LONGEST_TEXT_BYTES) this.isAscending = false;
    if (!this.isAscending) return;
    const last = this._lastText;
    if (this._count === 0) this._firstText = bytes.slice(at, at + length);
    else if (this._firstText === undefined || !this._isAfterLast(bytes, at, length)) this.isAscending = false;
    for (let i = 0; i < length; i++) last[i] = bytes[at + i];
    this._lastTextBytes = length;
    this._count += 1;
  }

  /** As `addInteger`, unless it is the same as the last one. */
  passInteger(id: number): void {
    if (this._count === 0 || id !== this._lastInteger || this._firstText !== undefined) this.addInteger(id);
  }

  /** As `addText`, unless it is the same as the last one. @throws OddRow where it is not in ASCII */
  passText(bytes: Uint8Array, at: number, length: number): void {
    const last = this._lastText;
    if (this._firstText !== undefined && length === this._lastTextBytes) {
      let same = 0;
      while (same < length && bytes[at + same] === last[same]) same += 1;
      if (same === length) return;
    }
    for (let i = at; i < at + length; i++)
      if (bytes[i] >= 0x80) throw new OddRow('an id that is not in ASCII');
    this.addText(bytes, at, length);
  }

  /** The first id; only where they ascend and there is one. */
  get first(): IndexKey {
    return this._firstText ?? this._firstInteger;
  }

  /** The last id; only where they ascend and there is one. */
  get last(): IndexKey {
    return this._firstText === undefined ? this._lastInteger : this._lastText.slice(0, this._lastTextBytes);
  }

  private _isAfterLast(bytes: Uint8Array, at: number, length: number): boolean {
    const last = this._lastText;
    const shorter = Math.min(length, this._lastTextBytes);
    for (let i = 0; i < shorter; i++) {
      if (bytes[at + i] !== last[i]) return bytes[at + i] > last[i];
    }
    return length > this._lastTextBytes;
  }
}
