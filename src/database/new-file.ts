import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { cannotWriteTo } from '../shared/cannot-write.js';
import { TcsReplayError } from '../shared/errors.js';
import { COMPANION_SUFFIXES, NEVER_OVERWRITTEN, refuseTaken, requireFolderOf } from './new-recording.js';

/** A file of a recorder, which was not there before. It is made exclusively: two processes that write one recording would spoil it. */
export class NewFile {
  readonly path: string;
  private readonly _inode: number;

  /**
   * Makes it, empty.
   *
   * @throws TcsReplayError `BAD_OPTION` for an empty path, `NO_SUCH_FILE` where its folder is missing, `WRITE_FAILED` where the path is taken or the
   * file cannot be made
   */
  constructor(path: string) {
    if (path === '') throw new TcsReplayError('BAD_OPTION', 'Expected the path of a file to write, got ""');
    refuseTaken(path, NEVER_OVERWRITTEN);
    this.path = path;
    try {
      closeSync(openSync(path, 'wx'));
      this._inode = statSync(path).ino;
    } catch (error) {
      requireFolderOf(path, error);
      throw cannotWriteTo(path, error);
    }
  }

  /** Whether the path still leads to this file: what is written to one that was removed is lost. */
  get isInPlace(): boolean {
    try {
      return statSync(this.path).ino === this._inode;
    } catch {
      return false;
    }
  }

  /** Removes it, and what SQLite keeps beside it. What may not be removed stays. */
  remove(): void {
    for (const suffix of ['', ...COMPANION_SUFFIXES])
      try {
        rmSync(this.path + suffix, { force: true });
      } catch {
        // It is removed since something failed, and that is told.
      }
  }
}
