import { forEachMember, isNested, parsePart, QUOTE } from '../encode/json-scan.js';
import type { EventList } from '../ledger/event-list.js';
import type { PayloadDigest } from '../ledger/payload-digest.js';

/** Names under which programs keep an event's topic, its payload, and the time of receipt in Unix seconds. */
const TOPIC_NAMES = ['topic', 'topic_name', '__topic'];
const PAYLOAD_NAMES = ['event', 'payload', 'data', 'message', 'body', 'json'];
const RECEIVED_NAMES = ['received', 'received_at', 'receive_time', 'received_time', '__received'];

/** Turns lines of a logger's file into events of a list. */
export class LineEvents {
  private readonly _events: EventList;
  private readonly _digest: PayloadDigest;
  private readonly _isWanted: (topic: string) => boolean;

  constructor(events: EventList, digest: PayloadDigest, isWanted: (topic: string) => boolean) {
    this._events = events;
    this._digest = digest;
    this._isWanted = isWanted;
  }

  /**
   * Adds the event of a line of JSON: `{"topic": …, "event": {…}, "received": …}`, an object with the topic among its other
   * values, or `["topic", payload, received]`.
   *
   * @returns false where it holds no event
   */
  addJson(line: string): boolean {
    const json = Buffer.from(line);
    return line.trimStart().startsWith('[') ? this._addArray(json) : this._addObject(json);
  }

  /** Adds the event of a row, by the names of its columns. @returns false where it holds no event */
  addRow(row: Readonly<Record<string, string>>): boolean {
    const nameOf = (names: readonly string[]) => names.find((name) => row[name] !== undefined);
    const [topic, payload, received] = [TOPIC_NAMES, PAYLOAD_NAMES, RECEIVED_NAMES].map(nameOf);
    if (topic === undefined) return false;
    if (payload !== undefined) this._digest.read(Buffer.from(row[payload]));
    else {
      const isOther = ([name]: [string, string]) => name !== topic && name !== received;
      // A column that an event has no value for is empty.
      const filled = Object.entries(row).filter((entry) => isOther(entry) && entry[1] !== '');
      this._digest.readEvent(Object.fromEntries(filled));
    }
    this._add(row[topic], received === undefined ? Number.NaN : Number(row[received]));
    return true;
  }

  private _addArray(json: Buffer): boolean {
    const value = parsePart(json, 0, json.length);
    if (!Array.isArray(value)) return false;
    const [topic, payload, received] = value as unknown[];
    if (typeof topic !== 'string') return false;
    this._digest.read(Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)));
    this._add(topic, typeof received === 'number' ? received : Number.NaN);
    return true;
  }

  private _addObject(json: Buffer): boolean {
    let topic: unknown;
    let topicName = '';
    let payload: Uint8Array | undefined;
    let receivedS = Number.NaN;
    const isObject = forEachMember(json, (keyAt, keyEnd, valueAt, valueEnd) => {
      const key = parsePart(json, keyAt, keyEnd) as string;
      if (TOPIC_NAMES.includes(key)) {
        topicName = key;
        topic = parsePart(json, valueAt, valueEnd);
      } else if (RECEIVED_NAMES.includes(key)) receivedS = Number(parsePart(json, valueAt, valueEnd));
      else if (payload === undefined && PAYLOAD_NAMES.includes(key)) {
        if (isNested(json[valueAt])) payload = json.subarray(valueAt, valueEnd);
        else if (json[valueAt] === QUOTE) payload = Buffer.from(String(parsePart(json, valueAt, valueEnd)));
      }
      return true;
    });
    if (!isObject || typeof topic !== 'string') return false;
    if (payload !== undefined) this._digest.read(payload);
    else {
      const rest = parsePart(json, 0, json.length) as Record<string, unknown>;
      const isOther = ([name]: [string, unknown]) => name !== topicName && !RECEIVED_NAMES.includes(name);
      this._digest.readEvent(Object.fromEntries(Object.entries(rest).filter(isOther)));
    }
    this._add(topic, receivedS);
    return true;
  }

  private _add(topic: string, receivedS: number): void {
    if (!this._isWanted(topic)) return;
    const { wireTimeS, low, high } = this._digest;
    const { _events: events } = this;
    events.add(Math.round(wireTimeS * 1e6), events.topicId(topic), low, high, receivedS);
  }
}
