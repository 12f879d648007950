import type { GrowingRecording } from '../database/growing-recording.js';
import type { AttributeType } from '../database/recording-writer.js';
import { PayloadScanner, type ValueKind } from '../payload/payload-scanner.js';
import { TimeMembers } from '../payload/time-members.js';

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
  private readonly _times = new TimeMembers();

  /** The wire time of the event that was added last, in Unix seconds; NaN: it has none. */
  wireTimeS = Number.NaN;

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
    const scanner = this._scanner;
    if (!scanner.scan(bytes, from, end)) return undefined;
    const count = scanner.memberCount;
    this._times.find(scanner);
    this.wireTimeS = this._times.wireS(bytes);
    const dataS = this._times.dataS(bytes);
    const id = recording.addEvent(topic, Number.isNaN(dataS) ? null : dataS);
    const rows = recording.attributes;
    rows.begin(id);
    for (let i = 0; i < count; i++) {
      if (scanner.keyIsPlain(i)) rows.bytes(bytes, scanner.keyAt(i) + 1, scanner.keyEnd(i) - 1);
      else rows.text(scanner.key(i));
      const kind = scanner.kind(i);
      const quote = kind === 'string' ? 1 : 0;
      if (kind === 'null') rows.null();
      else if (scanner.isPlain(i)) rows.bytes(bytes, scanner.valueAt(i) + quote, scanner.valueEnd(i) - quote);
      else rows.text(scanner.text(i));
      rows.endRow(TYPES[kind]);
    }
    rows.end();
    return id;
  }
}
