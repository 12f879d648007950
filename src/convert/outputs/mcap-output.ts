import type { Batch } from '../../batch/batch.js';
import { loadCompression } from '../../formats/mcap/chunk-compression.js';
import { jsonSchemaOf, type PropertyType } from '../../formats/mcap/json-schema.js';
import { McapFileWriter } from '../../formats/mcap/mcap-file-writer.js';
import { OWN_METADATA } from '../../formats/mcap/mcap-index.js';
import { isMessageTime, messageTimeNs } from '../../formats/mcap/message-times.js';
import { attempt } from '../../shared/cannot-write.js';
import { packageVersion } from '../../shared/package-version.js';
import type { Output, OutputResult, OutputSetup, Provenance } from '../output.js';
import type { KeyTypes } from '../seen-types.js';
import { TypeSurvey } from '../type-survey.js';
import { HeldEvents } from './held-events.js';

/**
 * What is seen before an event is written, in bytes of payloads; of small ones, for which a batch has more than their bytes, as a number
 * of events. A schema stands before the first event of its topic.
 */
const [SEEN_AHEAD_BYTES, SEEN_AHEAD_EVENTS] = [16 << 20, 1 << 17];

/**
 * Writes an MCAP: log times are wire times, publish times are data times. The schema of a topic is that of the events that have come when its
 * first one is written, which are thousands. Where a later event has other keys or types, all is written once more, with the schemas that
 * are known then.
 */
export class McapOutput implements Output {
  private _file: McapFileWriter;
  private _isOpen = true;
  private readonly _survey = new TypeSurvey();
  private readonly _held = new HeldEvents();
  /** Whether all events were seen. */
  private _isSettled = false;
  /** By topic, as JSON. */
  private readonly _schemas = new Map<string, string>();
  /** The first usable time of all. */
  private _firstS = Number.NaN;
  /** The time of events that have none: the latest one before, or the first one of all. */
  private _latestS = Number.NaN;
  /** Whether an event was written without any time, since no usable one had come. */
  private _lacksTime = false;
  private _unusableTimes = 0;
  private readonly _schemaOf = (topic: string) => {
    const schema = schemaOf(topic, this._survey.keysOf(topic));
    this._schemas.set(topic, JSON.stringify(schema));
    return schema;
  };

  private constructor(path: string) {
    this._file = begin(path);
  }

  static async open({ path }: OutputSetup): Promise<McapOutput> {
    await loadCompression();
    return new McapOutput(path);
  }

  write(batch: Batch, i: number): void {
    if (this._isSettled) {
      this._writeMessage(batch, i);
      return;
    }
    this._survey.see(batch, i);
    if (Number.isNaN(this._firstS) && isMessageTime(batch.dueS[i])) this._firstS = batch.dueS[i];
    this._held.add(batch, i);
    while (this._held.sizeBytes > SEEN_AHEAD_BYTES || this._held.count > SEEN_AHEAD_EVENTS) this._writeHeld();
  }

  settle(): boolean {
    while (!this._held.isEmpty) this._writeHeld();
    this._isSettled = true;
    if (this._standsAsWritten()) return true;
    const { path } = this._file;
    this.close();
    this._file = begin(path);
    this._isOpen = true;
    this._latestS = this._firstS;
    this._unusableTimes = 0;
    return false;
  }

  private _standsAsWritten(): boolean {
    if (this._lacksTime && !Number.isNaN(this._firstS)) return false;
    return [...this._schemas].every(
      ([topic, schema]) => schema === JSON.stringify(schemaOf(topic, this._survey.keysOf(topic))),
    );
  }

  /** Writes the event that has waited longest. */
  private _writeHeld(): void {
    const { batch, i } = this._held.take();
    this._writeMessage(batch, i);
  }

  private _writeMessage(batch: Batch, i: number): void {
    const [wireS, dataS] = [batch.dueS[i], batch.dataS[i]];
    if (Number.isNaN(this._latestS)) this._latestS = this._firstS;
    if (!isMessageTime(wireS)) this._unusableTimes += 1;
    else if (!(wireS <= this._latestS)) this._latestS = wireS;
    const logS = isMessageTime(wireS) ? wireS : this._latestS;
    if (Number.isNaN(logS)) this._lacksTime = true;
    const logTime = messageTimeNs(logS);
    // As the format asks for where it is not known.
    const publishTime = dataS === logS || !isMessageTime(dataS) ? logTime : messageTimeNs(dataS);
    const data = batch.payloads.subarray(batch.startOf(i), batch.endOf(i));
    const topic = batch.topics[batch.topicIdOf(i)];
    attempt(this._file.path, () => this._file.add(topic, { logTime, publishTime, data }, this._schemaOf));
  }

  finish(provenance: Provenance): Omit<OutputResult, 'topics'> {
    const entries = Object.entries({ ...provenance, unusableTimes: this._unusableTimes });
    const metadata = entries.map(
      ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    );
    attempt(this._file.path, () => {
      this._file.commit();
      this._file.close({ name: OWN_METADATA, metadata: new Map(metadata) });
    });
    this._isOpen = false;
    const { sizeBytes } = this._file;
    return { sizeBytes, files: 1, unusableTimes: this._unusableTimes, changedValues: 0, leftOut: 0 };
  }

  close(): void {
    if (this._isOpen) this._file.abandon();
    this._isOpen = false;
  }
}

function schemaOf(topic: string, keys: readonly KeyTypes[]): object {
  return jsonSchemaOf(
    topic,
    keys.map((types) => ({ key: types.key, type: propertyType(types) })),
  );
}

function begin(path: string): McapFileWriter {
  return new McapFileWriter(path, { library: `${OWN_METADATA} ${packageVersion()}` });
}

/** One type, as viewers want it: a key with several, or with none but null, is a string. */
function propertyType({ kinds, isWhole }: KeyTypes): PropertyType {
  const [kind, ...others] = kinds;
  if (kind === undefined || kind === 'nonFinite' || others.length > 0) return 'string';
  if (kind === 'number') return isWhole ? 'integer' : 'number';
  return kind === 'null' ? 'string' : kind;
}
