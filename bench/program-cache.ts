import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inCache } from './cache.js';

/** The cache folder that trials give to ours, in place of the user's, so that they know what is in it. */
export class ProgramCache {
  private readonly _home: string;

  /** @param name tells it from those of other trials */
  constructor(name: string) {
    this._home = inCache(`home-${process.pid}-${name}`);
  }

  /** What is added to the environment of ours. */
  get env(): Readonly<Record<string, string>> {
    return { XDG_CACHE_HOME: this._home };
  }

  /** Of all that ours keeps. */
  get sizeBytes(): number {
    return sizeOf(this._home);
  }

  /** As if ours had never run. */
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
