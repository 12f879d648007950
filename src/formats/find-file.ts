import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { identify } from '../database/cache/file-identity.js';
import { NO_EXTENT } from '../selection/time-point.js';
import { TcsReplayError } from '../shared/errors.js';
import type { FoundFile } from './file-recording.js';
import { isJsonLines } from './json-lines/json-lines.js';
import { MAGIC } from './mcap/mcap-record.js';

const HEADER_BYTES = 512;
const SQLITE = 'SQLite format 3\0';
const PACKED = '\x1f\x8b';
const MCAP_NAME = /\.mcap$/i;
const LINES_NAME = /\.(?:jsonl|ndjson)$/i;
const PACKED_LINES_NAME = /\.(?:jsonl|ndjson|json)\.gz$/i;

/** Names of files that are searched for in folders, besides those of databases. */
export const FILE_NAME = /\.(?:mcap|(?:jsonl|ndjson)(?:\.gz)?)$/i;

/**
 * Finds out whether a file is in one of the formats that are played besides databases: by its beginning, or else by its name.
 *
 * @returns undefined where it is not, or cannot be read: then it is taken for a database
 * @throws TcsReplayError `READ_FAILED` where it is empty
 */
export function findFile(path: string): FoundFile | undefined {
  const sizeBytes = sizeOf(path);
  const header = sizeBytes === undefined ? undefined : headerOf(path);
  if (sizeBytes === undefined || header === undefined) return undefined;
  const kind = kindOf(path, header);
  if (kind === undefined) return undefined;
  if (kind.format === 'mcap' && sizeBytes === 0)
    throw new TcsReplayError('READ_FAILED', `Expected an MCAP file, found an empty file: ${path}`);
  return { ...kind, path, sizeBytes, identity: identify(path), dataTimes: NO_EXTENT };
}

function kindOf(path: string, header: Buffer): Pick<FoundFile, 'format' | 'isPacked'> | undefined {
  const begins = (magic: string) => header.toString('latin1', 0, magic.length) === magic;
  if (begins(SQLITE)) return undefined;
  if (header.subarray(0, MAGIC.length).equals(MAGIC) || MCAP_NAME.test(path))
    return { format: 'mcap', isPacked: false };
  if (begins(PACKED))
    return PACKED_LINES_NAME.test(path) ? { format: 'json-lines', isPacked: true } : undefined;
  if (LINES_NAME.test(path) || isJsonLines(header)) return { format: 'json-lines', isPacked: false };
  return undefined;
}

/** @returns undefined where it is no file, or cannot be looked at: a link to itself, say */
function sizeOf(path: string): number | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : undefined;
  } catch {
    return undefined;
  }
}

/** @returns undefined where it cannot be read: opening it as a database says why */
function headerOf(path: string): Buffer | undefined {
  const header = Buffer.alloc(HEADER_BYTES);
  try {
    const file = openSync(path, 'r');
    try {
      return header.subarray(0, readSync(file, header, 0, header.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
