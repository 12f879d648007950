import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from '../../batch/batch.js';
import { FileWriter } from '../../formats/file-writer.js';
import { syncFolder } from '../../formats/sync-folder.js';
import type { Column, TableFile } from '../../formats/table.js';
import { attempt } from '../../shared/cannot-write.js';
import { MANIFEST, PROGRAM } from '../manifest.js';
import type { Output, OutputResult, OutputSetup, Provenance } from '../output.js';
import { TypeSurvey } from '../type-survey.js';
import { FileNames } from './file-names.js';
import { NightFinder } from './night-finder.js';
import { columnsOf, type TableLosses, TopicTable } from './topic-table.js';

/** Payloads of all topics that wait to become rows. */
const MOST_WAITING_BYTES = 64 << 20;
/** Payloads, and events, of one topic that become rows together. */
const [BLOCK_BYTES, BLOCK_EVENTS] = [8 << 20, 65_536];
/** Cells of a block, empty ones included: each takes nine bytes, and the value that is made of it. */
const BLOCK_CELLS = 4 << 20;

/** Files that are ended together: a disk that is waited for writes several at a time. */
const ENDED_TOGETHER = 16;

/** The night of events without a time, as Hive calls it. */
const NO_NIGHT = '__HIVE_DEFAULT_PARTITION__';

/** Opens the file of a topic. @param path without an ending */
export type OpenTable = (path: string, columns: readonly Column[], topic: string) => TableFile;

export interface TablesFormat {
  /** Of the files' names: `.parquet`. */
  readonly ending: string;
  readonly open: OpenTable;
}

interface TopicEntry {
  readonly topic: string;
  /** The night of its events; undefined without a partition, and for events without a time. */
  readonly night: string | undefined;
  readonly table: TopicTable;
  /** Path in the folder. */
  readonly name: string;
  /** Undefined until the first rows are written. */
  file: TableFile | undefined;
  events: number;
}

/**
 * Writes a folder with a table for each topic, and a manifest that says what is in it. The columns of a table are those of the events that have
 * come when its first rows are written, which are thousands. Where a later event has other keys or types, all is written once more, with
 * the columns that are known then.
 */
export class TablesOutput implements Output {
  private readonly _folder: string;
  private readonly _format: TablesFormat;
  private readonly _survey = new TypeSurvey({ isSampled: false });
  /** Whether all events were seen, and are written once more. */
  private _isSettled = false;
  private _names = new FileNames();
  private readonly _fileNames = new Map<string, string>();
  /** Undefined: tables are not divided. */
  private readonly _nights: NightFinder | undefined;
  /** By topic, and by night within. */
  private readonly _topics = new Map<string, Map<string | undefined, TopicEntry>>();
  private _entries: TopicEntry[] = [];
  private _losses: TableLosses = { unusableTimes: 0, leftOut: 0 };
  private _waitingBytes = 0;

  constructor({ path, partition, timeZone }: OutputSetup, format: TablesFormat) {
    this._folder = path;
    this._format = format;
    this._nights = partition === 'night' ? new NightFinder(timeZone) : undefined;
  }

  write(batch: Batch, i: number): undefined {
    if (!this._isSettled) this._survey.see(batch, i);
    const topic = batch.topics[batch.topicIdOf(i)];
    const entry = this._entryOf(topic, this._nights?.of(batch.dueS[i]));
    const { table } = entry;
    const [start, end] = [batch.startOf(i), batch.endOf(i)];
    table.add(batch.payloads, start, end);
    entry.events += 1;
    this._waitingBytes += end - start;
    if (table.waitingBytes >= BLOCK_BYTES || table.waitingEvents >= this._mostEvents(topic))
      this._flush(entry);
    else if (this._waitingBytes >= MOST_WAITING_BYTES) this._flush(this._largest());
  }

  settle(): boolean {
    const stands = this._entries.every(({ topic, table }) => {
      const { columns } = table;
      return columns === undefined || areSame(columns, this._columnsOf(topic));
    });
    this._isSettled = true;
    if (!stands) this._discard();
    return stands;
  }

  async finish(provenance: Provenance): Promise<Omit<OutputResult, 'topics'>> {
    let sizeBytes = 0;
    for (let at = 0; at < this._entries.length; at += ENDED_TOGETHER) {
      const files = this._entries.slice(at, at + ENDED_TOGETHER).map((entry) => this._flush(entry));
      await Promise.all(files.map((file) => file.end()));
      for (const file of files) sizeBytes += file.sizeBytes;
    }
    sizeBytes += this._writeManifest(provenance);
    attempt(this._folder, () => this._syncFolders());
    return { sizeBytes, files: this._entries.length + 1, changedValues: 0, ...this._losses };
  }

  close(): void {
    // Files are open only while they are written.
  }

  private _entryOf(topic: string, night: string | undefined): TopicEntry {
    let nights = this._topics.get(topic);
    if (nights === undefined) {
      nights = new Map();
      this._topics.set(topic, nights);
    }
    let entry = nights.get(night);
    if (entry === undefined) {
      const table = new TopicTable();
      entry = { topic, night, table, name: this._nameOf(topic, night), file: undefined, events: 0 };
      nights.set(night, entry);
      this._entries.push(entry);
    }
    return entry;
  }

  private _columnsOf(topic: string): Column[] {
    return columnsOf(this._survey.keysOf(topic));
  }

  /** Events of a topic that become rows together. */
  private _mostEvents(topic: string): number {
    return Math.min(BLOCK_EVENTS, Math.ceil(BLOCK_CELLS / (this._survey.keyCountOf(topic) + 1)));
  }

  /** Forgets all that was written, but not what was seen. */
  private _discard(): void {
    attempt(this._folder, () => {
      for (const name of readdirSync(this._folder)) rmSync(join(this._folder, name), { recursive: true });
    });
    this._names = new FileNames();
    this._fileNames.clear();
    this._topics.clear();
    this._entries = [];
    this._losses = { unusableTimes: 0, leftOut: 0 };
    this._waitingBytes = 0;
  }

  /** The path of a file: with nights, as Hive divides tables, which most programs know. */
  private _nameOf(topic: string, night = NO_NIGHT): string {
    let name = this._fileNames.get(topic);
    if (name === undefined) {
      name = this._names.of(topic);
      this._fileNames.set(topic, name);
    }
    const { ending } = this._format;
    if (this._nights === undefined) return `${name}${ending}`;
    mkdirSync(join(this._folder, name, `night=${night}`), { recursive: true });
    return `${name}/night=${night}/part-0${ending}`;
  }

  private _largest(): TopicEntry {
    return this._entries.reduce((largest, entry) =>
      entry.table.waitingBytes > largest.table.waitingBytes ? entry : largest,
    );
  }

  /** Writes the rows of the events that wait. */
  private _flush(entry: TopicEntry): TableFile {
    const { topic, table, name } = entry;
    let { columns } = table;
    if (columns === undefined) {
      columns = this._columnsOf(topic);
      table.columns = columns;
    }
    entry.file ??= this._format.open(join(this._folder, name), columns, topic);
    if (table.waitingEvents === 0) return entry.file;
    this._waitingBytes -= table.waitingBytes;
    const block = table.take(this._losses);
    if (block.rowCount > 0) entry.file.write(block);
    return entry.file;
  }

  private _syncFolders(): void {
    for (const folder of new Set(this._entries.flatMap(({ name }) => foldersOf(name))))
      syncFolder(join(this._folder, folder));
    syncFolder(this._folder);
  }

  /** @returns its size in bytes */
  private _writeManifest(provenance: Provenance): number {
    const topics = this._entries.map(({ topic, night, name, table, events, file }) => ({
      topic,
      night,
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

function areSame(columns: readonly Column[], others: readonly Column[]): boolean {
  const isSame = ({ name, type }: Column, i: number) => name === others[i].name && type === others[i].type;
  return columns.length === others.length && columns.every(isSame);
}

/** The folders that a path leads through. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}
