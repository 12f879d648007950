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

/** Writes an MCAP: log times are wire times, publish times are data times. */
export class McapOutput implements Output {
  private readonly _file: FileWriter;
  private readonly _writer: McapFileWriter;
  private readonly _survey = new TypeSurvey();
  /** The time of events that have none: the latest one before, or the first one of all. */
  private _latestS = Number.NaN;
  private _unusableTimes = 0;
  private readonly _schemaOf = (topic: string) => schemaOf(topic, this._survey.keysOf(topic));

  private constructor(file: FileWriter, writer: McapFileWriter) {
    this._file = file;
    this._writer = writer;
  }

  static async open({ path }: OutputSetup): Promise<McapOutput> {
    const file = new FileWriter(path);
    try {
      return new McapOutput(file, await McapFileWriter.begin(file, `${PROGRAM} ${packageVersion()}`));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  survey(batch: Batch, i: number): void {
    this._survey.see(batch, i);
    if (Number.isNaN(this._latestS) && isMessageTime(batch.dueS[i])) this._latestS = batch.dueS[i];
  }

  write(batch: Batch, i: number): Promise<void> {
    const [wireS, dataS] = [batch.dueS[i], batch.dataS[i]];
    if (!isMessageTime(wireS)) this._unusableTimes += 1;
    else if (!(wireS <= this._latestS)) this._latestS = wireS;
    const logS = isMessageTime(wireS) ? wireS : this._latestS;
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

/** One type, as viewers want it: a key with several, or with none but null, is a string. */
function propertyType({ kinds, isWhole }: KeyTypes): PropertyType {
  const [kind, ...others] = kinds;
  if (kind === undefined || kind === 'nonFinite' || others.length > 0) return 'string';
  if (kind === 'number') return isWhole ? 'integer' : 'number';
  return kind === 'null' ? 'string' : kind;
}
