import type { GrowingRecording } from '../database/growing-recording.js';
import type { AttributeType } from '../database/recording-writer.js';
import { pythonFloat } from '../encode/python-number.js';
import { PayloadScanner, type ValueKind } from '../payload/payload-scanner.js';

const DATA_TIME = '__data_time';

/** A value that a recording has no type for is a string, as JSON. */
const TYPES: Readonly<Record<ValueKind, AttributeType>> = {
  string: 'string',
  number: 'number',
  nonFinite: 'number',
  boolean: 'boolean',
  null: 'string',
  object: 'string',
  array: 'string',
};

/**
 * Writes events into a recording, a row for each key of a payload, in their order. Each value is the text that was received, and its
 * `data_type` the kind that it had in JSON.
 */
export class EventRows {
  private readonly _scanner = new PayloadScanner();
  private readonly _keys: string[] = [];

  /**
   * Adds the event of a payload, `bytes[from..end)`.
   *
   * @returns the id of the event; undefined, with nothing added, where the payload is no JSON object
   * @throws SqliteError
   */
  add(
    recording: GrowingRecording,
    topic: string,
    bytes: Uint8Array,
    from: number,
    end: number,
  ): number | undefined {
    const { _scanner: scanner, _keys: keys } = this;
    if (!scanner.scan(bytes, from, end)) return undefined;
    const count = scanner.memberCount;
    let dataTimeS = Number.NaN;
    for (let i = 0; i < count; i++) {
      const key = scanner.key(i);
      keys[i] = key;
      // Of a key that occurs twice, the last value counts.
      if (key === DATA_TIME) dataTimeS = this._timeS(i);
    }
    const id = recording.addEvent(topic, Number.isNaN(dataTimeS) ? null : dataTimeS);
    for (let i = 0; i < count; i++) {
      const kind = scanner.kind(i);
      recording.addAttribute(id, keys[i], kind === 'null' ? null : scanner.text(i), TYPES[kind]);
    }
    return id;
  }

  /** A time in Unix seconds, of a number or a string that Python reads as one; NaN where it is neither. */
  private _timeS(index: number): number {
    const kind = this._scanner.kind(index);
    if (kind === 'string') return pythonFloat(this._scanner.text(index));
    const number = kind === 'number' ? Number(this._scanner.text(index)) : Number.NaN;
    return Number.isFinite(number) ? number : Number.NaN;
  }
}
