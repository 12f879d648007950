import { PayloadScanner } from './payload-scanner.js';

/** The longest text of a value that is shown as a state. */
const LONGEST_TEXT = 200;

/** Reads one attribute's values from payloads. */
export class AttributeReader {
  private readonly _scanner = new PayloadScanner();

  /**
   * The value of an attribute as text, without quotes; of a key that occurs twice the last one.
   *
   * @param payload JSON
   * @returns undefined: it has no such attribute, or it is null
   */
  textOf(payload: Uint8Array, attribute: string): string | undefined {
    const scanner = this._scanner;
    scanner.scan(payload);
    for (let i = scanner.memberCount - 1; i >= 0; i--) {
      if (scanner.key(i) !== attribute) continue;
      return scanner.kind(i) === 'null' ? undefined : scanner.text(i).slice(0, LONGEST_TEXT);
    }
    return undefined;
  }
}

/** A value as a number: values of type number are texts in a payload, unless they are converted. NaN: it is none. */
export function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
