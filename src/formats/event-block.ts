import { PayloadScanner } from '../payload/payload-scanner.js';
import { TimeMembers } from '../payload/time-members.js';

/** What stands in place of a topic's number: a row that is no event, and one that cannot be read as an event. */
export const [NO_EVENT, UNREADABLE] = [-1, -2];

const scanner = new PayloadScanner();
const found = new TimeMembers();

/** Seconds of nanoseconds since 1970: the nearest double. */
function secondsOf(ns: bigint): number {
  return Number(ns / 1_000_000_000n) + Number(ns % 1_000_000_000n) / 1e9;
}

/** The time of a payload, or else the one beside it. */
function timeElse(timeS: number, besideNs: bigint | undefined): number {
  return Number.isNaN(timeS) && besideNs !== undefined ? secondsOf(besideNs) : timeS;
}

/** Times of a message beside its payload, in nanoseconds since 1970. */
export interface MessageTimes {
  readonly logNs: bigint;
  readonly publishNs: bigint;
}

/** The events of a block, found in its bytes. Columns have a number for each row. */
export class EventBlock {
  /** Number of rows before it. */
  readonly rowsBefore: number;
  /** Number of rows that it has by the index. */
  readonly rows: number;
  readonly bytes: Uint8Array;
  readonly topics: string[] = [];
  /** Number of each row's topic, or NO_EVENT, or UNREADABLE. */
  readonly topicOf: Int32Array;
  /** Where payloads begin and end in `bytes`. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** Where the values of the two times begin and end; 0 and 0: the payload has no such key. */
  readonly wireAt: Int32Array;
  readonly wireEnd: Int32Array;
  readonly dataAt: Int32Array;
  readonly dataEnd: Int32Array;
  /** The two times in Unix seconds: those of the payload, or else those beside it; NaN where there is none. */
  readonly wireS: Float64Array;
  readonly dataS: Float64Array;
  /** Times beside the payloads, which are added to those without; undefined: there are none. */
  readonly times: (MessageTimes | undefined)[] = [];
  /** Why rows from `count` on cannot be read; undefined: all were read. */
  fault: string | undefined;
  /** Rows that were read. */
  count = 0;

  /** A block of which nothing can be read. @param fault why */
  static lost(rowsBefore: number, rows: number, fault: string): EventBlock {
    const block = new EventBlock(rowsBefore, rows, new Uint8Array());
    block.fault = fault;
    return block;
  }

  constructor(rowsBefore: number, rows: number, bytes: Uint8Array) {
    this.rowsBefore = rowsBefore;
    this.rows = rows;
    this.bytes = bytes;
    this.topicOf = new Int32Array(rows).fill(UNREADABLE);
    this.start = new Int32Array(rows);
    this.end = new Int32Array(rows);
    this.wireAt = new Int32Array(rows);
    this.wireEnd = new Int32Array(rows);
    this.dataAt = new Int32Array(rows);
    this.dataEnd = new Int32Array(rows);
    this.wireS = new Float64Array(rows).fill(Number.NaN);
    this.dataS = new Float64Array(rows).fill(Number.NaN);
  }

  /** Adds a row that is no event: a message in another encoding, an empty line. It lies at `bytes[start..end)`. */
  addOther(start: number, end: number): void {
    const row = this.count++;
    if (row >= this.rows) return;
    this.topicOf[row] = NO_EVENT;
    this.start[row] = start;
    this.end[row] = end;
  }

  /** Adds a row that cannot be read. */
  addUnreadable(): void {
    this.count += 1;
  }

  /**
   * Adds a row with the payload `bytes[start..end)`.
   *
   * @param topic number in `topics`
   * @param times beside the payload, which count where it has none
   * @returns false, with nothing added, where the payload is no JSON object
   */
  tryEvent(topic: number, start: number, end: number, times: MessageTimes | undefined): boolean {
    const row = this.count;
    if (row >= this.rows || !scanner.scan(this.bytes, start, end)) return false;
    this.topicOf[row] = topic;
    this.start[row] = start;
    this.end[row] = end;
    found.find(scanner);
    this.wireAt[row] = found.wireAt;
    this.wireEnd[row] = found.wireEnd;
    this.dataAt[row] = found.dataAt;
    this.dataEnd[row] = found.dataEnd;
    this.wireS[row] = timeElse(found.wireS(this.bytes), times?.logNs);
    this.dataS[row] = timeElse(found.dataS(this.bytes), times?.publishNs);
    if (times !== undefined) this.times[row] = times;
    this.count += 1;
    return true;
  }

  /** When an event is due, in Unix seconds: at its wire time, or else its data time; NaN: at once. */
  dueOf(row: number): number {
    return Number.isNaN(this.wireS[row]) ? this.dataS[row] : this.wireS[row];
  }
}
