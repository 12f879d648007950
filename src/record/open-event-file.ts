import { extname } from 'node:path';
import { loadCompression } from '../formats/mcap/chunk-compression.js';
import { DatabaseFile } from './database-file.js';
import type { EventFile } from './event-file.js';
import { McapFile } from './mcap-file.js';
import type { Provenance } from './record-messages.js';

/** Loads what files of a path need. */
export async function loadFor(path: string): Promise<void> {
  if (isMcap(path)) await loadCompression();
}

/**
 * Creates a file: an MCAP where it is called so, or else a database. What it needs must be loaded.
 *
 * @throws TcsReplayError `BAD_OPTION` for an empty path, `NO_SUCH_FILE` where its folder is missing, `WRITE_FAILED` where the path is taken or the
 * file cannot be made
 */
export function openEventFile(path: string, provenance: Provenance): EventFile {
  return isMcap(path) ? new McapFile(path, provenance) : new DatabaseFile(path);
}

function isMcap(path: string): boolean {
  return extname(path).toLowerCase() === '.mcap';
}
