import type { Batch } from '../../batch/batch.js';
import { FileWriter } from '../../formats/file-writer.js';
import { JsonLinesWriter } from '../../formats/json-lines/json-lines-writer.js';
import type { Output, OutputResult, OutputSetup } from '../output.js';

/** Writes JSON lines. */
export class JsonLinesOutput implements Output {
  private readonly _file: FileWriter;
  private readonly _writer: JsonLinesWriter;

  constructor({ path, form }: OutputSetup) {
    this._file = new FileWriter(path);
    this._writer = new JsonLinesWriter(this._file, { gzip: form === 'jsonl.gz' });
  }

  write(batch: Batch, i: number): void {
    const topic = batch.topics[batch.topicIdOf(i)];
    this._writer.write(topic, batch.payloads, batch.startOf(i), batch.endOf(i));
  }

  finish(): Omit<OutputResult, 'topics'> {
    this._writer.end();
    this._file.finish();
    return { sizeBytes: this._file.sizeBytes, files: 1, unusableTimes: 0, changedValues: 0, leftOut: 0 };
  }

  close(): void {
    this._file.close();
  }
}
