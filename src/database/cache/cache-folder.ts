import { createHash } from 'node:crypto';
import {
  existsSync,
  fsyncSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  utimesSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf, TcsReplayError } from '../../shared/errors.js';
import { asTooManyFiles } from '../../shared/too-many-files.js';
import type { Schema } from '../schema/schema.js';
import type { SchemaOverride } from '../schema/schema-override.js';
import { contentDigest } from './content-digest.js';
import { type FileIdentity, identify, isSameFile } from './file-identity.js';
import {
  FileFault,
  flushFolder,
  openOwn,
  readOwnText,
  requireOwnFolder,
  withFile,
  writeFlushed,
} from './own-file.js';
import { newOwnedName, ownerOf } from './owned-name.js';

/** Kinds of what can be kept of a database. */
export type CachedKind =
  | 'normal form'
  | 'index'
  | 'ascent'
  | 'blocks'
  | 'unpacked'
  | 'order by __wire_time'
  | 'order by __data_time'
  | 'states'
  | 'states by __wire_time'
  | 'states by __data_time'
  | 'prepared'
  | 'prepared by __wire_time'
  | 'prepared by __data_time';

/** Kinds whose files hold digests of their parts, which are verified when a part is read. */
const SELF_VERIFIED: readonly string[] = [
  'prepared',
  'prepared by __wire_time',
  'prepared by __data_time',
] satisfies CachedKind[];

/** Identifies an entry: with any difference it is another entry. */
export interface EntryKey {
  readonly source: FileIdentity;
  readonly kind: CachedKind;
  /** The tables and columns of the source, or those that the user named. */
  readonly schema: Schema | SchemaOverride;
  /** What else shaped the file; plain data. Default: nothing. */
  readonly form?: object;
  /** Version of the format and of the rules by which it was made. */
  readonly version: number;
}

/** An entry of the cache. */
export interface CacheEntry {
  readonly folder: string;
  /** Path of its database; empty where the description of the entry is damaged. */
  readonly source: string;
  readonly kind: CachedKind | 'unknown';
  readonly sizeBytes: number;
  readonly madeAt: Date;
  readonly lastUsedAt: Date;
  /**
   * `current`: it is used when its source is played; `stale`: the source has changed; `missing`: the source is gone;
   * `damaged`: what it is cannot be read, and it is never used. Content is only verified when it is used.
   */
  readonly state: 'current' | 'stale' | 'missing' | 'damaged';
}

/** What was found of an entry: its file, or why it cannot be used; neither where there is no entry. Plain data. */
export interface FoundEntry {
  readonly path?: string;
  /** What is wrong, in some words. */
  readonly fault?: string;
}

/** Content of an entry's description file. */
interface Description {
  readonly source: FileIdentity;
  readonly kind: CachedKind;
  readonly sizeBytes: number;
  readonly madeAt: string;
  /** Of the entry's key and of its file. */
  readonly digest: string;
}

/** Reports the progress of reading an entry. @param share 0 to 1 */
export type ReportRead = (share: number) => void;

/** Version of the form of entries: one of another version is another entry. */
const ENTRY_VERSION = 2;
const DESCRIPTION = 'entry.json';
/** Name of the file of an entry that holds what was made. */
export const DATA = 'data';
/** Name of an entry's folder: hashes of its source, of the state of the source, and of what it is. */
const ENTRY_NAME = /^[0-9a-f]{16}-[0-9a-f]{16}-[0-9a-f]{16}$/;
const MAKING = 'making';
/** Making takes less than this: an older folder was left by a killed process on another machine. */
const OLDEST_MAKING_MS = 7 * 24 * 3600_000;

/** A new path within the cache for a folder in which this process makes entries. */
export function newMakingFolder(cacheFolder: string): string {
  return join(cacheFolder, newOwnedName(MAKING));
}

/**
 * Keeps what was made of databases for the next time. An entry is a folder with the file that was made and a description,
 * which holds a digest of the file. It is made under another name and renamed when it is whole and on the disk, so that there
 * are no partial entries, and several processes may make the same one.
 *
 * An entry is used only if it belongs to the user, holds nothing else, and its content has the digest. That takes half a
 * second a gigabyte: call `find` and `store` in a thread, but for files that hold digests of their parts, which are not read here.
 */
export class CacheFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Finds the file of an entry, verifies it, and marks it as used now.
   *
   * @param report called with the share that has been read, 0 to 1; a `TcsReplayError` that it throws ends the reading
   * @throws TcsReplayError `TOO_MANY_FILES`
   */
  find(key: EntryKey, report: ReportRead = () => {}): FoundEntry {
    const folder = join(this.path, nameOf(key));
    if (!existsSync(folder)) return {};
    try {
      requireOwnFolder(folder, [DATA, DESCRIPTION]);
      verify(key, folder, report);
    } catch (error) {
      const tooMany = asTooManyFiles(error);
      if (tooMany !== undefined) throw tooMany;
      if (error instanceof TcsReplayError) throw error;
      // Another process may have removed it meanwhile.
      if (!existsSync(folder)) return {};
      return { fault: error instanceof FileFault ? error.message : `it cannot be read: ${messageOf(error)}` };
    }
    const now = new Date();
    try {
      utimesSync(join(folder, DESCRIPTION), now, now);
    } catch {
      // A read-only cache is used without marks.
    }
    return { path: join(folder, DATA) };
  }

  /**
   * Keeps an entry, and removes those of other states of the same source.
   *
   * @param folder a folder within the cache that holds the file `data` only
   * @param report as for `find`
   * @returns path of the file: in the entry, or where it was if it cannot be kept
   */
  store(key: EntryKey, folder: string, report: ReportRead = () => {}): string {
    const entry = join(this.path, nameOf(key));
    if (this.find(key, report).path === undefined) this._remove(nameOf(key));
    try {
      describe(key, folder, report);
      renameSync(folder, entry);
      flushFolder(this.path);
    } catch (error) {
      if (error instanceof TcsReplayError) throw error;
      // Another process may have stored the same entry.
      return this.find(key, report).path ?? join(folder, DATA);
    }
    const [file, state] = hashesOf(key.source);
    for (const name of this._names()) {
      if (name.startsWith(`${file}-`) && !name.startsWith(`${file}-${state}-`)) this._remove(name);
    }
    return join(entry, DATA);
  }

  /**
   * Removes the entries that were used least recently, until what is left is not larger than a limit.
   *
   * @param limitBytes 0 or more
   * @param sinceMs entries that were used at this time or later stay, in Unix milliseconds
   */
  shrink(limitBytes: number, sinceMs: number): void {
    const entries = this.entries().sort((a, b) => a.lastUsedAt.getTime() - b.lastUsedAt.getTime());
    let sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
    for (const entry of entries) {
      if (sizeBytes <= limitBytes || entry.lastUsedAt.getTime() >= sinceMs) return;
      this._remove(basename(entry.folder));
      sizeBytes -= entry.sizeBytes;
    }
  }

  /** Whether there is an entry of the same kind and path for another state of the source. */
  hasOtherState({ source, kind }: EntryKey): boolean {
    const [file, state] = hashesOf(source);
    return this._names().some(
      (name) =>
        name.startsWith(`${file}-`) &&
        !name.startsWith(`${file}-${state}-`) &&
        descriptionOf(join(this.path, name))?.kind === kind,
    );
  }

  /** Removes an entry that is of no use. */
  discard(key: EntryKey): void {
    this._remove(nameOf(key));
  }

  /** All entries, sorted by source and kind. */
  entries(): CacheEntry[] {
    return this._names()
      .map((name) => entryOf(join(this.path, name)))
      .sort((a, b) => compare(a.source, b.source) || compare(a.kind, b.kind));
  }

  /** Removes entries. Processes that have opened their files can go on reading them. */
  remove(entries: readonly CacheEntry[]): void {
    for (const { folder } of entries) rmSync(folder, { recursive: true, force: true });
  }

  /** Removes partial entries of processes that do not run any more. */
  removeLeftovers(): void {
    let names: string[];
    try {
      names = readdirSync(this.path);
    } catch {
      return; // There is no cache yet.
    }
    for (const name of names) {
      const stats = statSync(join(this.path, name), { throwIfNoEntry: false });
      if (stats === undefined) continue;
      const owner = ownerOf(MAKING, name, stats.mtimeMs);
      const isOld = Date.now() - stats.mtimeMs > OLDEST_MAKING_MS;
      if (owner === 'gone' || (owner !== undefined && isOld)) this._remove(name);
    }
  }

  private _names(): string[] {
    try {
      return readdirSync(this.path).filter((name) => ENTRY_NAME.test(name));
    } catch {
      return []; // There is no cache yet.
    }
  }

  private _remove(name: string): void {
    try {
      rmSync(join(this.path, name), { recursive: true, force: true });
    } catch {
      // A process that may write here will remove it.
    }
  }
}

function nameOf({ source, kind, schema, version, form }: EntryKey): string {
  const what = [kind, version, schema, ENTRY_VERSION, ...(form === undefined ? [] : [form])];
  return [...hashesOf(source), hashOf(JSON.stringify(what))].join('-');
}

function hashesOf({ path, state }: FileIdentity): [path: string, state: string] {
  return [hashOf(path), hashOf(state)];
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** @throws FileFault where the entry is not what was stored under its key */
function verify(key: EntryKey, folder: string, report: ReportRead): void {
  const description = parseDescription(readOwnText(join(folder, DESCRIPTION)));
  if (description === undefined) throw new FileFault('its description is damaged');
  const { source, kind, sizeBytes, digest } = description;
  if (!isSameFile(source, key.source) || kind !== key.kind)
    throw new FileFault('it is described as another one');
  withFile(openOwn(join(folder, DATA)), ({ file, size }) => {
    if (size !== sizeBytes) throw new FileFault(`it has ${size} bytes instead of ${sizeBytes}`);
    if (SELF_VERIFIED.includes(kind)) return;
    if (contentDigest(file, textOf(key), (read) => report(read / size)) !== digest)
      throw new FileFault('its content has changed since it was made');
  });
}

/** Writes the description of an entry, and all of it to the disk. @throws where the file cannot be kept */
function describe(key: EntryKey, folder: string, report: ReportRead): void {
  requireOwnFolder(folder, [DATA]);
  const { source, kind } = key;
  withFile(openOwn(join(folder, DATA)), ({ file, size: sizeBytes }) => {
    const digest = SELF_VERIFIED.includes(kind)
      ? ''
      : contentDigest(file, textOf(key), (read) => report(read / sizeBytes));
    fsyncSync(file);
    const description: Description = { source, kind, sizeBytes, madeAt: new Date().toISOString(), digest };
    writeFlushed(join(folder, DESCRIPTION), `${JSON.stringify(description, undefined, 2)}\n`);
  });
  flushFolder(folder);
}

/** An entry as `entries` gives it. */
function entryOf(folder: string): CacheEntry {
  const stats = statsOf(join(folder, DESCRIPTION));
  const description = descriptionOf(folder);
  if (description === undefined) {
    const [sizeBytes, madeAt] = [statsOf(join(folder, DATA))?.size ?? 0, stats?.mtime ?? new Date(0)];
    return { folder, source: '', kind: 'unknown', sizeBytes, madeAt, lastUsedAt: madeAt, state: 'damaged' };
  }
  const { source, kind, sizeBytes } = description;
  const madeAt = new Date(description.madeAt);
  const lastUsedAt = stats?.mtime ?? madeAt;
  return { folder, source: source.path, kind, sizeBytes, madeAt, lastUsedAt, state: stateOf(source) };
}

function descriptionOf(folder: string): Description | undefined {
  try {
    return parseDescription(readOwnText(join(folder, DESCRIPTION)));
  } catch {
    return undefined;
  }
}

/** @returns undefined where the text is not that of a description */
function parseDescription(text: string): Description | undefined {
  try {
    const found = JSON.parse(text) as Description;
    const { source, kind, sizeBytes, madeAt, digest } = found;
    const texts = [source.path, source.state, kind, madeAt, digest];
    const isWhole = texts.every((one) => typeof one === 'string') && Number.isSafeInteger(sizeBytes);
    return isWhole && !Number.isNaN(Date.parse(madeAt)) ? found : undefined;
  } catch {
    return undefined;
  }
}

function textOf({ source, kind, schema, version }: EntryKey): string {
  return JSON.stringify([source.path, source.state, kind, schema, version]);
}

/** @returns undefined where there is no such file, or it cannot be asked about */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function stateOf(source: FileIdentity): CacheEntry['state'] {
  if (!existsSync(source.path)) return 'missing';
  return isSameFile(source, identify(source.path)) ? 'current' : 'stale';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
