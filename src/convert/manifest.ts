import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file in a folder of a conversion that says what is in it. */
export const MANIFEST = 'manifest.json';

/** What made an output: as it stands in a manifest, and in the metadata of an MCAP. */
export const PROGRAM = 'tcs-replay';

/** Whether a folder was made by a conversion: then it may be replaced. */
export function isOwnFolder(path: string): boolean {
  try {
    const { program } = JSON.parse(readFileSync(join(path, MANIFEST), 'utf8')) as { program?: unknown };
    return program === PROGRAM;
  } catch {
    return false;
  }
}
