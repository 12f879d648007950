import type { PayloadScanner } from './payload-scanner.js';

const [WIRE_KEY, DATA_KEY] = ['"__wire_time"', '"__data_time"'].map((key) => Buffer.from(key));

/** Where the values of the two times stand in a payload. Of a key that occurs twice the last value counts. */
export class TimeMembers {
  /** Offsets in the scanned bytes; 0 and 0: the payload has no such key. */
  wireAt = 0;
  wireEnd = 0;
  dataAt = 0;
  dataEnd = 0;

  /** Finds the times among the members of the payload that was scanned. @param bytes that were scanned */
  find(scanner: PayloadScanner, bytes: Uint8Array): void {
    this.wireAt = this.wireEnd = this.dataAt = this.dataEnd = 0;
    for (let i = 0; i < scanner.memberCount; i++) {
      const keyAt = scanner.keyAt(i);
      if (scanner.keyEnd(i) - keyAt !== WIRE_KEY.length || bytes[keyAt + 1] !== WIRE_KEY[1]) continue;
      if (isAt(bytes, keyAt, WIRE_KEY)) {
        this.wireAt = scanner.valueAt(i);
        this.wireEnd = scanner.valueEnd(i);
      } else if (isAt(bytes, keyAt, DATA_KEY)) {
        this.dataAt = scanner.valueAt(i);
        this.dataEnd = scanner.valueEnd(i);
      }
    }
  }
}

function isAt(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}
