import { createHash, randomUUID } from 'node:crypto';
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
import { hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import envPaths from 'env-paths';
import type { Schema } from '../schema/schema.js';
import { type FileIdentity, identify, isSameFile } from './file-identity.js';

/** What can be kept of a database. */
export type CachedKind =
  | 'index'
  | 'order by __wire_time'
  | 'order by __data_time'
  | 'states'
  | 'states by __wire_time'
  | 'states by __data_time';

/** What an entry is of: with anything else than this, it is another one. */
export interface EntryKey {
  readonly source: FileIdentity;
  readonly kind: CachedKind;
  readonly schema: Schema;
  /** Of the format, and of the rules by which it was made. */
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
  /** `current`: it is used when its source is played; `stale`: the source has changed since; `missing`: it is gone. */
  readonly state: 'current' | 'stale' | 'missing';
}

/** What stands in an entry's description. */
interface Description {
  readonly source: FileIdentity;
  readonly kind: CachedKind;
  readonly sizeBytes: number;
  readonly madeAt: string;
}

const APPLICATION = 'tcs-replay';
const DESCRIPTION = 'entry.json';
/** The one file of an entry that holds what was made. */
export const DATA = 'data';
/** An entry's folder: which source it is of, in which state, and what it is. */
const ENTRY_NAME = /^[0-9a-f]{16}-[0-9a-f]{16}-[0-9a-f]{16}$/;
const MAKING = /^making-(?<host>.+)-(?<pid>\d+)-[0-9a-f]{8}$/;
/** Nothing takes so long to make: what is older was left by a process on another machine that was killed. */
const OLDEST_MAKING_MS = 7 * 24 * 3600_000;

/** Where things are kept by default: in the user's cache folder, which XDG_CACHE_HOME moves. */
export function defaultCacheFolder(): string {
  const { XDG_CACHE_HOME } = process.env;
  return XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME)
    ? join(XDG_CACHE_HOME, APPLICATION)
    : envPaths(APPLICATION, { suffix: '' }).cache;
}

/** A name for a folder of the cache in which this process makes things, before they are kept. */
export function newMakingFolder(cacheFolder: string): string {
  return join(cacheFolder, `making-${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`);
}

/**
 * What was made of databases, kept for the next time. An entry is a folder with what was made and a description. It is
 * made under another name and renamed when it is whole, so that there are no half entries, and others may make the same.
 */
export class CacheFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The file of an entry that is there, which counts as used now. */
  find(key: EntryKey): string | undefined {
    const folder = join(this.path, nameOf(key));
    const description = descriptionOf(folder);
    // After a crash of the machine a file may be shorter than it was written.
    if (description === undefined || sizeOf(join(folder, DATA)) !== description.sizeBytes) return undefined;
    const now = new Date();
    try {
      utimesSync(join(folder, DESCRIPTION), now, now);
    } catch {
      // A cache that is only read does as well.
    }
    return join(folder, DATA);
  }

  /**
   * Keeps what was made, and removes what was kept of other states of the same source.
   *
   * @param folder a folder of the cache that holds the file `data`
   * @returns the file in its place; or where it was, if it cannot be kept
   */
  store(key: EntryKey, folder: string): string {
    const place = join(this.path, nameOf(key));
    const { source, kind } = key;
    const sizeBytes = sizeOf(join(folder, DATA));
    const description: Description = { source, kind, sizeBytes, madeAt: new Date().toISOString() };
    if (this.find(key) === undefined) this._remove(nameOf(key));
    try {
      writeFileSync(join(folder, DESCRIPTION), `${JSON.stringify(description, undefined, 2)}\n`);
      renameSync(folder, place);
    } catch {
      // Another process may have been faster.
      return this.find(key) ?? join(folder, DATA);
    }
    const [file, state] = hashesOf(source);
    for (const name of this._names()) {
      if (name.startsWith(`${file}-`) && !name.startsWith(`${file}-${state}-`)) this._remove(name);
    }
    this.removeLeftovers();
    return join(place, DATA);
  }

  /** Removes an entry that turned out not to be of use. */
  discard(key: EntryKey): void {
    this._remove(nameOf(key));
  }

  /** All entries, by source and kind. */
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

  /** Removes entries: they are gone at once for others, which go on with what they have opened. */
  remove(entries: readonly CacheEntry[]): void {
    for (const { folder } of entries) rmSync(folder, { recursive: true, force: true });
  }

  /** Removes what processes that are gone have left half made. */
  removeLeftovers(): void {
    let names: string[];
    try {
      names = readdirSync(this.path);
    } catch {
      return; // There is no cache yet.
    }
    for (const name of names) {
      const { host, pid } = MAKING.exec(name)?.groups ?? {};
      if (host === undefined) continue;
      const isGone = host === hostname() ? !isRunning(Number(pid)) : false;
      if (isGone || this._isOld(name)) this._remove(name);
    }
  }

  private _isOld(name: string): boolean {
    const stats = statSync(join(this.path, name), { throwIfNoEntry: false });
    return stats !== undefined && Date.now() - stats.mtimeMs > OLDEST_MAKING_MS;
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
      // Whoever may write here will remove it.
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

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
