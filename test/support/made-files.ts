import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names for files that a test makes, in a folder of their own. */
export class MadeFiles {
  readonly folder: string;
  private _count = 0;

  constructor(prefix: string) {
    this.folder = mkdtempSync(join(tmpdir(), prefix));
  }

  /** A path that no file has. @param ending without its point */
  path(ending: string): string {
    return join(this.folder, `${this._count++}.${ending}`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
