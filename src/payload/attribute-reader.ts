import { PayloadScanner } from './payload-scanner.js';

/** The longest text of a value that is shown as a state. */
const LONGEST_TEXT = 200;
const ASCII = /^[\x20-\x7e]*$/;

/** Reads one attribute's values from payloads. */
export class AttributeReader {
  private readonly _scanner = new PayloadScanner();
  /** The attribute that was asked for last, and its bytes where it is ASCII: to make a text of each key takes longer. */
  private _attribute = '';
  private _bytes: Buffer | undefined = Buffer.alloc(0);

  /**
   * The value of an attribute as text, without quotes; of a key that occurs twice the last one.
   *
   * @param payload JSON
   * @returns undefined: it has no such attribute, or it is null
   */
  textOf(payload: Uint8Array, attribute: string): string | undefined {
    const scanner = this._scanner;
    scanner.scan(payload);
    if (attribute !== this._attribute) {
      this._attribute = attribute;
      this._bytes = ASCII.test(attribute) ? Buffer.from(attribute) : undefined;
    }
    const bytes = this._bytes;
    for (let i = scanner.memberCount - 1; i >= 0; i--) {
      const isKey = bytes === undefined ? scanner.key(i) === attribute : scanner.keyIs(i, bytes);
      if (!isKey) continue;
      return scanner.kind(i) === 'null' ? undefined : scanner.text(i).slice(0, LONGEST_TEXT);
    }
    return undefined;
  }
}

/** A value as a number: values of type number are texts in a payload, unless they are converted. NaN: it is none. */
export function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
