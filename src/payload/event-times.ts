import { pythonFloat } from '../encode/python-number.js';
import type { PayloadScanner } from './payload-scanner.js';

const WIRE_TIME = Buffer.from('__wire_time');
const DATA_TIME = Buffer.from('__data_time');

/** The two times of an event. */
export class EventTimes {
  /** Unix seconds, of a number or a string that Python reads as one; NaN where it is neither, or missing. */
  wireS = Number.NaN;
  dataS = Number.NaN;

  /** Reads them from a payload that was scanned. Of a key that occurs twice, the last value counts. */
  read(scanner: PayloadScanner): void {
    this.wireS = Number.NaN;
    this.dataS = Number.NaN;
    const count = scanner.memberCount;
    for (let i = 0; i < count; i++)
      if (scanner.keyIs(i, WIRE_TIME)) this.wireS = timeS(scanner, i);
      else if (scanner.keyIs(i, DATA_TIME)) this.dataS = timeS(scanner, i);
  }
}

function timeS(scanner: PayloadScanner, index: number): number {
  const kind = scanner.kind(index);
  if (kind === 'string') return pythonFloat(scanner.text(index));
  const number = kind === 'number' ? Number(scanner.text(index)) : Number.NaN;
  return Number.isFinite(number) ? number : Number.NaN;
}
