import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** All files of a folder and below it, with what is in them and when they were changed. */
export function stateOfFolder(folder: string): unknown {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const { size, mtimeMs } = statSync(path);
      if (statSync(path).isDirectory()) return [name];
      return [name, size, mtimeMs, createHash('sha256').update(readFileSync(path)).digest('hex')];
    });
}
