import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from '../../batch/batch.js';
import { FileWriter } from '../../formats/file-writer.js';
import { syncFolder } from '../../formats/sync-folder.js';
import type { Column, TableFile } from '../../formats/table.js';
import { attempt } from '../../shared/cannot-write.js';
import { KeyCount } from '../key-count.js';
import { MANIFEST, PROGRAM } from '../manifest.js';
import type {
  Output,
  OutputResult,
  OutputSetup,
  Provenance,
  WrittenTable,
  WrittenTables,
} from '../output.js';
import { FileNames } from './file-names.js';
import { NightFinder } from './night-finder.js';
import { TopicColumns } from './topic-columns.js';
import { type TableLosses, TopicTable } from './topic-table.js';

/** What waits to become rows: of all topics, of all threads. */
const MOST_WAITING_BYTES = 96 << 20;
/** What becomes rows together, of one topic. */
const [BLOCK_BYTES, BLOCK_EVENTS] = [12 << 20, 65_536];
/** Cells of a block, empty ones included: a value is made of each. */
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
  /** Of the topic. */
  readonly columns: TopicColumns;
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
interface KnownTopic {
  /** Its file's name, without an ending. */
  readonly name: string;
  /** Undefined where its tables are written by another thread. */
  readonly columns: TopicColumns | undefined;
}

/**
 * Writes a folder with a table for each topic, and a manifest that says what is in it; or a share of the tables. The columns of a table are those of the events that have
 * come when its first rows are written, which are thousands. Where a later event has other keys or types, all is written once more, with
 * the columns that are known then.
 */
export class TablesOutput implements Output {
  private readonly _folder: string;
  private readonly _format: TablesFormat;
  private readonly _keyCount = new KeyCount();
  /** Whether all events were seen, and are written once more. */
  private _isSettled = false;
  private readonly _share: OutputSetup['share'];
  private readonly _mostWaitingBytes: number;
  private readonly _names = new FileNames();
  /** Of all topics so far: all threads give them the same names. */
  private readonly _known = new Map<string, KnownTopic>();
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

  write(batch: Batch, i: number): void {
    const topic = batch.topics[batch.topicIdOf(i)];
    const { columns } = this._known.get(topic) ?? this._newTopic(topic);
    const eventsBefore = this._eventsBefore++;
    if (columns === undefined) return;
    const entry = this._entryOf(topic, columns, this._nights?.of(batch.dueS[i]), eventsBefore);
    const { table } = entry;
    const [bytesBefore, keysBefore] = [table.waitingBytes, columns.keys.size];
    table.add(batch.payloads, batch.startOf(i), batch.endOf(i), !this._isSettled, this._losses);
    entry.events += 1;
    this._waitingBytes += table.waitingBytes - bytesBefore;
    const { size } = columns.keys;
    if (size > keysBefore) this._keyCount.add(topic, size, size - keysBefore);
    if (table.waitingBytes >= BLOCK_BYTES || table.waitingEvents >= mostEvents(columns)) this._flush(entry);
    else if (this._waitingBytes >= this._mostWaitingBytes) this._flush(this._largest());
  }

  settle(): boolean {
    const stands = this._entries.every(
      ({ columns, table }) => table.columns === undefined || areSame(table.columns, columns.columns()),
    );
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

  private _newTopic(topic: string): KnownTopic {
    const { number, of } = this._share;
    const isOwn = this._known.size % of === number;
    const known = { name: this._names.of(topic), columns: isOwn ? new TopicColumns() : undefined };
    this._known.set(topic, known);
    return known;
  }

  private _entryOf(
    topic: string,
    columns: TopicColumns,
    night: string | undefined,
    eventsBefore: number,
  ): TopicEntry {
    let nights = this._topics.get(topic);
    if (nights === undefined) {
      nights = new Map();
      this._topics.set(topic, nights);
    }
    let entry = nights.get(night);
    if (entry === undefined) {
      entry = {
        ...{
          topic,
          night,
          columns,
          table: new TopicTable(columns),
          name: this._nameOf(topic, night),
          eventsBefore,
        },
        ...{ file: undefined, events: 0 },
      };
      nights.set(night, entry);
      this._entries.push(entry);
    }
    return entry;
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
    const { name } = this._known.get(topic) as KnownTopic;
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
    table.columns ??= entry.columns.columns();
    entry.file ??= this._format.open(join(this._folder, name), table.columns, topic);
    const bytesBefore = table.waitingBytes;
    const block = table.take();
    this._waitingBytes += table.waitingBytes - bytesBefore;
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

/** Events of a topic that become rows together. */
function mostEvents({ count }: TopicColumns): number {
  return Math.min(BLOCK_EVENTS, Math.ceil(BLOCK_CELLS / count));
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
