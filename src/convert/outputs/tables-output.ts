import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from '../../batch/batch.js';
import { FileWriter } from '../../formats/file-writer.js';
import { syncFolder } from '../../formats/sync-folder.js';
import type { Column, TableFile } from '../../formats/table.js';
import { attempt } from '../../shared/cannot-write.js';
import { MANIFEST, PROGRAM } from '../manifest.js';
import type {
  Output,
  OutputResult,
  OutputSetup,
  Provenance,
  WrittenTable,
  WrittenTables,
} from '../output.js';
import { TypeSurvey } from '../type-survey.js';
import { FileNames } from './file-names.js';
import { NightFinder } from './night-finder.js';
import { columnsOf, type TableLosses, TopicTable } from './topic-table.js';

/** Payloads of all topics, of all threads, that wait to become rows. */
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
  /** Number of events, of all topics, before its first one. */
  readonly eventsBefore: number;
  /** Undefined until the first rows are written. */
  file: TableFile | undefined;
  events: number;
}

/** What is known of a topic. */
interface TopicName {
  /** Its file's name, without an ending. */
  readonly name: string;
  /** Whether its tables are written here. */
  readonly isOwn: boolean;
}

/**
 * Writes a folder with a table for each topic, and a manifest that says what is in it; or a share of the tables. The columns of a table are those of the events that have
 * come when its first rows are written, which are thousands. Where a later event has other keys or types, all is written once more, with
 * the columns that are known then.
 */
export class TablesOutput implements Output {
  private readonly _folder: string;
  private readonly _format: TablesFormat;
  private readonly _survey = new TypeSurvey({ isSampled: false });
  /** Whether all events were seen, and are written once more. */
  private _isSettled = false;
  private readonly _share: OutputSetup['share'];
  private readonly _mostWaitingBytes: number;
  private readonly _names = new FileNames();
  /** Of all topics so far: all threads give them the same names. */
  private readonly _topicNames = new Map<string, TopicName>();
  private _eventsBefore = 0;
  /** Undefined: tables are not divided. */
  private readonly _nights: NightFinder | undefined;
  /** By topic, and by night within. */
  private readonly _topics = new Map<string, Map<string | undefined, TopicEntry>>();
  private _entries: TopicEntry[] = [];
  private _losses: TableLosses = { unusableTimes: 0, leftOut: 0 };
  private _waitingBytes = 0;
  private _written: WrittenTables | undefined;

  constructor({ path, partition, timeZone, share }: OutputSetup, format: TablesFormat) {
    this._folder = path;
    this._share = share;
    this._mostWaitingBytes = MOST_WAITING_BYTES / share.of;
    this._format = format;
    this._nights = partition === 'night' ? new NightFinder(timeZone) : undefined;
  }

  write(batch: Batch, i: number): undefined {
    const topic = batch.topics[batch.topicIdOf(i)];
    const { isOwn } = this._topicNames.get(topic) ?? this._newTopic(topic);
    const eventsBefore = this._eventsBefore++;
    if (!isOwn) return;
    if (!this._isSettled) this._survey.see(batch, i);
    const entry = this._entryOf(topic, this._nights?.of(batch.dueS[i]), eventsBefore);
    const { table } = entry;
    const [start, end] = [batch.startOf(i), batch.endOf(i)];
    table.add(batch.payloads, start, end);
    entry.events += 1;
    this._waitingBytes += end - start;
    if (table.waitingBytes >= BLOCK_BYTES || table.waitingEvents >= this._mostEvents(topic))
      this._flush(entry);
    else if (this._waitingBytes >= this._mostWaitingBytes) this._flush(this._largest());
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

  async endTables(): Promise<WrittenTables> {
    this._written ??= await this._endTables();
    return this._written;
  }

  async finish(
    provenance: Provenance,
    others: readonly WrittenTables[],
  ): Promise<Omit<OutputResult, 'topics'>> {
    const parts = [await this.endTables(), ...others];
    const tables = parts
      .flatMap((part) => part.tables)
      .toSorted((one, other) => one.eventsBefore - other.eventsBefore);
    const sum = (name: 'sizeBytes' | keyof TableLosses) =>
      parts.reduce((total, part) => total + part[name], 0);
    const losses = { unusableTimes: sum('unusableTimes'), leftOut: sum('leftOut') };
    const manifestBytes = this._writeManifest({ ...provenance, ...losses }, tables);
    attempt(this._folder, () => this._syncFolders(tables));
    return {
      ...{ sizeBytes: sum('sizeBytes') + manifestBytes, files: tables.length + 1, changedValues: 0 },
      ...losses,
    };
  }

  close(): void {
    // Files are open only while they are written.
  }

  private async _endTables(): Promise<WrittenTables> {
    const ended: WrittenTable[] = [];
    for (let at = 0; at < this._entries.length; at += ENDED_TOGETHER) {
      const entries = this._entries.slice(at, at + ENDED_TOGETHER);
      const files = entries.map((entry) => this._flush(entry));
      await Promise.all(files.map((file) => file.end()));
      for (const [i, { topic, night, name, table, events, eventsBefore }] of entries.entries())
        ended.push({
          ...{ eventsBefore, topic, night, file: name, events, sizeBytes: files[i].sizeBytes },
          columns: table.columns ?? [],
        });
    }
    const sizeBytes = ended.reduce((sum, table) => sum + table.sizeBytes, 0);
    return { tables: ended, sizeBytes, ...this._losses };
  }

  private _newTopic(topic: string): TopicName {
    const { number, of } = this._share;
    const isOwn = this._topicNames.size % of === number;
    const known = { name: this._names.of(topic), isOwn };
    this._topicNames.set(topic, known);
    return known;
  }

  private _entryOf(topic: string, night: string | undefined, eventsBefore: number): TopicEntry {
    let nights = this._topics.get(topic);
    if (nights === undefined) {
      nights = new Map();
      this._topics.set(topic, nights);
    }
    let entry = nights.get(night);
    if (entry === undefined) {
      entry = {
        ...{ topic, night, table: new TopicTable(), name: this._nameOf(topic, night), eventsBefore },
        ...{ file: undefined, events: 0 },
      };
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
      for (const { name } of this._entries) rmSync(join(this._folder, name), { force: true });
    });
    this._topics.clear();
    this._entries = [];
    this._eventsBefore = 0;
    this._losses = { unusableTimes: 0, leftOut: 0 };
    this._waitingBytes = 0;
  }

  /** The path of a file: with nights, as Hive divides tables, which most programs know. */
  private _nameOf(topic: string, night = NO_NIGHT): string {
    const { name } = this._topicNames.get(topic) as TopicName;
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

  private _syncFolders(tables: readonly WrittenTable[]): void {
    for (const folder of new Set(tables.flatMap(({ file }) => foldersOf(file))))
      syncFolder(join(this._folder, folder));
    syncFolder(this._folder);
  }

  /** @returns its size in bytes */
  private _writeManifest(facts: object, tables: readonly WrittenTable[]): number {
    const topics = tables.map(({ eventsBefore: _, ...table }) => table);
    const manifest = { program: PROGRAM, ...facts, topics };
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
