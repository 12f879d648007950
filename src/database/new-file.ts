import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { COMPANION_SUFFIXES, isDenied, requireFolderOf } from './new-recording.js';

/** A file that this process has made, exclusively: two processes that write one recording would spoil it. */
export class NewFile {
  readonly path: string;
  private readonly _inode: number;

  /**
   * Makes it, empty.
   *
   * @param ifTaken the error where the path is taken
   * @param output what the user calls it, for other errors. Default: its path
   * @throws TcsReplayError `NO_SUCH_FILE` where its folder is missing, `WRITE_FAILED` where the path is taken or the file cannot be made
   */
  constructor(path: string, ifTaken: string, output: string = path) {
    this.path = path;
    try {
      closeSync(openSync(path, 'wx'));
      this._inode = statSync(path).ino;
    } catch (error) {
      requireFolderOf(output, error);
      const { code = '' } = error as NodeJS.ErrnoException;
      const message = code === 'EEXIST' ? ifTaken : cannotMake(output, error);
      throw new TcsReplayError('WRITE_FAILED', message, { cause: error });
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

function cannotMake(path: string, error: unknown): string {
  if (isDenied(error))
    return `Cannot write ${path}: this user may not write to its folder; choose another folder, or another user`;
  if ((error as NodeJS.ErrnoException).code === 'EROFS')
    return `Cannot write ${path}: its disk can only be read; choose a folder on another disk`;
  return `Cannot write ${path}: ${messageOf(error)}`;
}
