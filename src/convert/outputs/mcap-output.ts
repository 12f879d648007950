import type { Batch } from '../../batch/batch.js';
import { FileWriter } from '../../formats/file-writer.js';
import { jsonSchemaOf, type PropertyType } from '../../formats/mcap/json-schema.js';
import { McapFileWriter } from '../../formats/mcap/mcap-file-writer.js';
import { isMessageTime, messageTimeNs } from '../../formats/mcap/message-times.js';
import { packageVersion } from '../../shared/package-version.js';
import { PROGRAM } from '../manifest.js';
import type { Output, OutputResult, OutputSetup, Provenance } from '../output.js';
import type { KeyTypes } from '../seen-types.js';
import { TypeSurvey } from '../type-survey.js';
import { HeldEvents } from './held-events.js';

/** What is seen before an event is written. A schema stands before the first event of its topic. */
const SEEN_AHEAD_BYTES = 16 << 20;

/**
 * Writes an MCAP: log times are wire times, publish times are data times. The schema of a topic is that of the events that have come when its
 * first one is written, which are thousands. Where a later event has other keys or types, all is written once more, with the schemas that
 * are known then.
 */
export class McapOutput implements Output {
  private _file: FileWriter;
  private _writer: McapFileWriter;
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

  private constructor(file: FileWriter, writer: McapFileWriter) {
    this._file = file;
    this._writer = writer;
  }

  static async open({ path }: OutputSetup): Promise<McapOutput> {
    const { file, writer } = await begin(path);
    return new McapOutput(file, writer);
  }

  write(batch: Batch, i: number): Promise<void> | undefined {
    if (this._isSettled) return this._writeMessage(batch, i);
    this._survey.see(batch, i);
    if (Number.isNaN(this._firstS) && isMessageTime(batch.dueS[i])) this._firstS = batch.dueS[i];
    this._held.add(batch, i);
    return this._held.sizeBytes > SEEN_AHEAD_BYTES ? this._writeHeld(SEEN_AHEAD_BYTES) : undefined;
  }

  async settle(): Promise<boolean> {
    await this._writeHeld(0);
    this._isSettled = true;
    if (this._standsAsWritten()) return true;
    this._file.close();
    ({ file: this._file, writer: this._writer } = await begin(this._file.path));
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

  private async _writeHeld(leftBytes: number): Promise<void> {
    while (!this._held.isEmpty && this._held.sizeBytes >= leftBytes) {
      const { batch, i } = this._held.take();
      await this._writeMessage(batch, i);
    }
  }

  private _writeMessage(batch: Batch, i: number): Promise<void> {
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
    return this._writer.write(
      batch.topics[batch.topicIdOf(i)],
      { logTime, publishTime, data },
      this._schemaOf,
    );
  }

  async finish(provenance: Provenance): Promise<Omit<OutputResult, 'topics'>> {
    const entries = Object.entries({ ...provenance, unusableTimes: this._unusableTimes });
    const metadata = entries.map(
      ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    );
    await this._writer.end(PROGRAM, new Map(metadata));
    this._file.finish();
    const { sizeBytes } = this._file;
    return { sizeBytes, files: 1, unusableTimes: this._unusableTimes, changedValues: 0, leftOut: 0 };
  }

  close(): void {
    this._file.close();
  }
}

function schemaOf(topic: string, keys: readonly KeyTypes[]): object {
  return jsonSchemaOf(
    topic,
    keys.map((types) => ({ key: types.key, type: propertyType(types) })),
  );
}

async function begin(path: string): Promise<{ file: FileWriter; writer: McapFileWriter }> {
  const file = new FileWriter(path);
  try {
    return { file, writer: await McapFileWriter.begin(file, `${PROGRAM} ${packageVersion()}`) };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** One type, as viewers want it: a key with several, or with none but null, is a string. */
function propertyType({ kinds, isWhole }: KeyTypes): PropertyType {
  const [kind, ...others] = kinds;
  if (kind === undefined || kind === 'nonFinite' || others.length > 0) return 'string';
  if (kind === 'number') return isWhole ? 'integer' : 'number';
  return kind === 'null' ? 'string' : kind;
}
