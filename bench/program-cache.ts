import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inCache } from './cache.js';

/** A cache folder that trials give to tcs-replay in place of the user's, so that its content is known. */
export class ProgramCache {
  private readonly _home: string;

  /** @param name distinguishes it from the folders of other trials */
  constructor(name: string) {
    this._home = inCache(`home-${process.pid}-${name}`);
  }

  get folder(): string {
    return this._home;
  }

  /** Environment variables that make tcs-replay use this folder. */
  get env(): Readonly<Record<string, string>> {
    return { XDG_CACHE_HOME: this._home };
  }

  /** Total size of the files in the folder. */
  get sizeBytes(): number {
    return sizeOf(this._home);
  }

  /** Removes everything, as if tcs-replay had never run. */
  empty(): void {
    rmSync(this._home, { recursive: true, force: true });
  }
}

function sizeOf(folder: string): number {
  if (!existsSync(folder)) return 0;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
