import { join } from 'node:path';
import type { Batch } from '../../batch/batch.js';
import { FileWriter } from '../../formats/file-writer.js';
import type { Column, TableFile } from '../../formats/table.js';
import { MANIFEST, PROGRAM } from '../manifest.js';
import type { Output, OutputResult, OutputSetup, Provenance } from '../output.js';
import { TypeSurvey } from '../type-survey.js';
import { FileNames } from './file-names.js';
import { columnsOf, type TableLosses, TopicTable } from './topic-table.js';

/** Payloads of all topics that wait to become rows. */
const MOST_WAITING_BYTES = 64 << 20;
/** Payloads, and events, of one topic that become rows together. */
const [BLOCK_BYTES, BLOCK_EVENTS] = [8 << 20, 65_536];

/** Opens the file of a topic. @param path without an ending */
export type OpenTable = (path: string, columns: readonly Column[], topic: string) => TableFile;

export interface TablesFormat {
  /** Of the files' names: `.parquet`. */
  readonly ending: string;
  readonly open: OpenTable;
}

interface TopicEntry {
  readonly table: TopicTable;
  readonly name: string;
  /** Undefined until the first rows are written. */
  file: TableFile | undefined;
  events: number;
}

/** Writes a folder with a table for each topic, and a manifest that says what is in it. */
export class TablesOutput implements Output {
  private readonly _folder: string;
  private readonly _format: TablesFormat;
  private readonly _survey = new TypeSurvey();
  private readonly _names = new FileNames();
  private readonly _topics = new Map<string, TopicEntry>();
  private readonly _losses: TableLosses = { unusableTimes: 0, leftOut: 0 };
  private _waitingBytes = 0;

  constructor({ path }: OutputSetup, format: TablesFormat) {
    this._folder = path;
    this._format = format;
  }

  survey(batch: Batch, i: number): void {
    this._survey.see(batch, i);
  }

  write(batch: Batch, i: number): undefined {
    const topic = batch.topics[batch.topicIdOf(i)];
    const entry = this._entryOf(topic);
    const { table } = entry;
    const [start, end] = [batch.startOf(i), batch.endOf(i)];
    table.add(batch.payloads, start, end);
    entry.events += 1;
    this._waitingBytes += end - start;
    if (table.waitingBytes >= BLOCK_BYTES || table.waitingEvents >= BLOCK_EVENTS) this._flush(topic, entry);
    else if (this._waitingBytes >= MOST_WAITING_BYTES) this._flush(...this._largest());
  }

  finish(provenance: Provenance): Omit<OutputResult, 'topics'> {
    for (const [topic, entry] of this._topics) this._flush(topic, entry);
    let sizeBytes = 0;
    for (const { file } of this._topics.values()) {
      file?.end();
      sizeBytes += file?.sizeBytes ?? 0;
    }
    sizeBytes += this._writeManifest(provenance);
    return { sizeBytes, files: this._topics.size + 1, changedValues: 0, ...this._losses };
  }

  close(): void {
    // Files are open only while they are written.
  }

  private _entryOf(topic: string): TopicEntry {
    let entry = this._topics.get(topic);
    if (entry === undefined) {
      const name = `${this._names.of(topic)}${this._format.ending}`;
      entry = {
        table: new TopicTable(columnsOf(this._survey.keysOf(topic))),
        name,
        file: undefined,
        events: 0,
      };
      this._topics.set(topic, entry);
    }
    return entry;
  }

  private _largest(): [topic: string, entry: TopicEntry] {
    let largest: [string, TopicEntry] | undefined;
    for (const each of this._topics)
      if (largest === undefined || each[1].table.waitingBytes > largest[1].table.waitingBytes) largest = each;
    return largest as [string, TopicEntry];
  }

  private _flush(topic: string, entry: TopicEntry): void {
    const { table, name } = entry;
    entry.file ??= this._format.open(join(this._folder, name), table.columns, topic);
    if (table.waitingEvents === 0) return;
    this._waitingBytes -= table.waitingBytes;
    const block = table.take(this._losses);
    if (block.rowCount > 0) entry.file.write(block);
  }

  /** @returns its size in bytes */
  private _writeManifest(provenance: Provenance): number {
    const topics = [...this._topics].map(([topic, { name, table, events, file }]) => ({
      topic,
      file: name,
      events,
      sizeBytes: file?.sizeBytes ?? 0,
      columns: table.columns,
    }));
    const manifest = { program: PROGRAM, ...provenance, ...this._losses, topics };
    const file = new FileWriter(join(this._folder, MANIFEST));
    try {
      file.write(Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`));
      file.finish();
    } finally {
      file.close();
    }
    return file.sizeBytes;
  }
}
