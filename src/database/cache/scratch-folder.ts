import { lstat, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newOwnedName, ownerOf } from './owned-name.js';

const KIND = 'tcs-replay';

/** A new path for a folder of this process, in the system's folder for temporary files. */
export function newScratchFolder(): string {
  return join(tmpdir(), newOwnedName(KIND));
}

/** Removes the scratch folders of processes of this user that were killed. What cannot be removed stays. */
export async function removeLeftScratchFolders(): Promise<void> {
  const parent = tmpdir();
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(`${KIND}-`))) {
    const path = join(parent, name);
    const status = await lstat(path).catch(() => undefined);
    if (status?.isDirectory() !== true || status.uid !== process.getuid?.()) continue;
    if (ownerOf(KIND, name, status.mtimeMs) === 'gone')
      await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
