import { timeOf } from '../encode/time-value.js';
import type { PayloadScanner } from './payload-scanner.js';

const [WIRE_KEY, DATA_KEY] = ['__wire_time', '__data_time'].map((key) => Buffer.from(key));

/** Where the values of the two times stand in a payload, and what they are. Of a key that occurs twice the last value counts. */
export class TimeMembers {
  /** Offsets in the scanned bytes; 0 and 0: the payload has no such key. */
  wireAt = 0;
  wireEnd = 0;
  dataAt = 0;
  dataEnd = 0;

  /** Finds the times among the members of the payload that was scanned. */
  find(scanner: PayloadScanner): void {
    this.wireAt = this.wireEnd = this.dataAt = this.dataEnd = 0;
    for (let i = 0; i < scanner.memberCount; i++)
      if (scanner.keyIs(i, WIRE_KEY)) {
        this.wireAt = scanner.valueAt(i);
        this.wireEnd = scanner.valueEnd(i);
      } else if (scanner.keyIs(i, DATA_KEY)) {
        this.dataAt = scanner.valueAt(i);
        this.dataEnd = scanner.valueEnd(i);
      }
  }

  /** The wire time in Unix seconds; NaN: there is none, or none that can be read. @param bytes that were scanned */
  wireS(bytes: Uint8Array): number {
    return this.wireEnd === 0 ? Number.NaN : timeOf(bytes, this.wireAt, this.wireEnd);
  }

  /** The data time, as `wireS`. */
  dataS(bytes: Uint8Array): number {
    return this.dataEnd === 0 ? Number.NaN : timeOf(bytes, this.dataAt, this.dataEnd);
  }
}
