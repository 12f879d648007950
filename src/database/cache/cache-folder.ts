import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Schema } from '../schema/schema.js';
import { type FileIdentity, identify, isSameFile } from './file-identity.js';
import { newOwnedName, ownerOf } from './owned-name.js';

/** Kinds of what can be kept of a database. */
export type CachedKind =
  | 'index'
  | 'order by __wire_time'
  | 'order by __data_time'
  | 'states'
  | 'states by __wire_time'
  | 'states by __data_time';

/** Identifies an entry: with any difference it is another entry. */
export interface EntryKey {
  readonly source: FileIdentity;
  readonly kind: CachedKind;
  readonly schema: Schema;
  /** Version of the format and of the rules by which it was made. */
  readonly version: number;
}

/** An entry of the cache. */
export interface CacheEntry {
  readonly folder: string;
  readonly source: string;
  readonly kind: CachedKind;
  readonly sizeBytes: number;
  readonly madeAt: Date;
  readonly lastUsedAt: Date;
  /** `current`: it is used when its source is played; `stale`: the source has changed; `missing`: the source is gone. */
  readonly state: 'current' | 'stale' | 'missing';
}

/** Content of an entry's description file. */
interface Description {
  readonly source: FileIdentity;
  readonly kind: CachedKind;
  readonly sizeBytes: number;
  readonly madeAt: string;
}

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
 * Keeps what was made of databases for the next time. An entry is a folder with the file that was made and a description.
 * It is made under another name and renamed when it is whole, so that there are no partial entries, and several processes
 * may make the same one.
 */
export class CacheFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Finds the file of an entry, and marks it as used now. @returns undefined where there is no whole entry */
  find(key: EntryKey): string | undefined {
    const folder = join(this.path, nameOf(key));
    const description = descriptionOf(folder);
    // After a crash of the machine a file may be shorter than what was written.
    if (description === undefined || sizeOf(join(folder, DATA)) !== description.sizeBytes) return undefined;
    const now = new Date();
    try {
      utimesSync(join(folder, DESCRIPTION), now, now);
    } catch {
      // A read-only cache is used without marks.
    }
    return join(folder, DATA);
  }

  /**
   * Keeps an entry, and removes those of other states of the same source.
   *
   * @param folder a folder within the cache that holds the file `data`
   * @returns path of the file: in the entry, or where it was if it cannot be kept
   */
  store(key: EntryKey, folder: string): string {
    const entry = join(this.path, nameOf(key));
    const { source, kind } = key;
    const sizeBytes = sizeOf(join(folder, DATA));
    const description: Description = { source, kind, sizeBytes, madeAt: new Date().toISOString() };
    if (this.find(key) === undefined) this._remove(nameOf(key));
    try {
      writeFileSync(join(folder, DESCRIPTION), `${JSON.stringify(description, undefined, 2)}\n`);
      renameSync(folder, entry);
    } catch {
      // Another process may have stored the same entry.
      return this.find(key) ?? join(folder, DATA);
    }
    const [file, state] = hashesOf(source);
    for (const name of this._names()) {
      if (name.startsWith(`${file}-`) && !name.startsWith(`${file}-${state}-`)) this._remove(name);
    }
    this.removeLeftovers();
    return join(entry, DATA);
  }

  /** Removes an entry that is of no use. */
  discard(key: EntryKey): void {
    this._remove(nameOf(key));
  }

  /** All entries, sorted by source and kind. */
  entries(): CacheEntry[] {
    const entries: CacheEntry[] = [];
    for (const name of this._names()) {
      const folder = join(this.path, name);
      const description = descriptionOf(folder);
      if (description === undefined) continue;
      const { source, kind, sizeBytes, madeAt } = description;
      const lastUsedAt =
        statSync(join(folder, DESCRIPTION), { throwIfNoEntry: false })?.mtime ?? new Date(madeAt);
      const state = stateOf(source);
      entries.push({
        folder,
        source: source.path,
        kind,
        sizeBytes,
        madeAt: new Date(madeAt),
        lastUsedAt,
        state,
      });
    }
    return entries.sort((a, b) => compare(a.source, b.source) || compare(a.kind, b.kind));
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

function nameOf({ source, kind, schema, version }: EntryKey): string {
  return [...hashesOf(source), hashOf(JSON.stringify([kind, version, schema]))].join('-');
}

function hashesOf({ path, state }: FileIdentity): [path: string, state: string] {
  return [hashOf(path), hashOf(state)];
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function descriptionOf(folder: string): Description | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, DESCRIPTION), 'utf8')) as Description;
  } catch {
    return undefined;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function stateOf(source: FileIdentity): CacheEntry['state'] {
  if (!existsSync(source.path)) return 'missing';
  return isSameFile(source, identify(source.path)) ? 'current' : 'stale';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
