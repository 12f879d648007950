import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  utimesSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { COMPANION_SUFFIXES, reservePart } from '../database/new-recording.js';
import { syncFolder } from '../formats/sync-folder.js';
import { cannotWriteTo } from '../shared/cannot-write.js';
import { TcsReplayError } from '../shared/errors.js';
import { atExit } from '../threads/at-exit.js';
import { isOwnFolder, MANIFEST } from './manifest.js';
import { isFolder, type OutputForm } from './output-form.js';
import { SharedPart } from './shared-part.js';

export interface DestinationOptions {
  readonly form: OutputForm;
  /** Whether an output that exists is replaced, and what a killed process has left. */
  readonly overwrite: boolean;
  /** What the user calls that option, for errors. */
  readonly overwriteOption: string;
  /**
   * Whether several processes may write the same output: each writes a part of its own, and what killed ones have left is removed. The
   * last one to end counts. Default false.
   */
  readonly isShared?: boolean;
}

/**
 * A file or a folder that is written beside its place, as `<path>.part`, and appears under its own path only when it is whole. Its time
 * is that of its beginning, so that a source which changes meanwhile is newer. If the process exits before, what was written is removed.
 */
export class Destination {
  readonly path: string;
  /** Where to write. A folder exists; a file is there, and is empty. */
  readonly partPath: string;
  private readonly _options: DestinationOptions;
  private readonly _forgetExit: () => void;
  private readonly _part: SharedPart | undefined;
  /** When writing began, in Unix seconds by the clock of the file system. */
  private readonly _begunS: number;
  private _isOpen = true;

  /**
   * @throws TcsReplayError `BAD_OPTION` for an empty path, `NO_SUCH_FILE` where its folder is missing, `WRITE_FAILED` where the
   * path is taken or nothing can be made there
   */
  constructor(path: string, options: DestinationOptions) {
    if (path === '') throw new TcsReplayError('BAD_OPTION', 'Expected the path of an output, got ""');
    this.path = resolve(path);
    this._part = options.isShared === true ? new SharedPart(this.path) : undefined;
    this.partPath = this._part?.path ?? `${this.path}.part`;
    this._options = options;
    this._refuseTaken();
    this._reserve();
    this._begunS = Math.floor(statSync(this.partPath).mtimeMs) / 1000;
    this._part?.hold();
    this._forgetExit = atExit(() => {
      this._remove();
      return false;
    });
  }

  /**
   * Gives the output its name. The files within are to be synced before.
   *
   * @throws TcsReplayError `WRITE_FAILED`; then nothing is left of it
   */
  publish(): void {
    try {
      // Checked again: hours may have passed.
      this._refuseTaken();
      utimesSync(this.partPath, this._begunS, this._begunS);
      this._replace();
      syncFolder(dirname(this.path));
    } catch (error) {
      this.discard();
      throw cannotWriteTo(this.path, error);
    }
    this._isOpen = false;
    this._part?.release();
    this._forgetExit();
  }

  /** Removes what was written. Does nothing after `publish`, or the second time. */
  discard(): void {
    if (!this._isOpen) return;
    this._isOpen = false;
    this._part?.release();
    this._forgetExit();
    this._remove();
  }

  private _replace(): void {
    const { form } = this._options;
    if (form === 'db') for (const suffix of COMPANION_SUFFIXES) rmSync(this.path + suffix, { force: true });
    if (!isFolder(form) || !existsSync(this.path)) {
      renameSync(this.partPath, this.path);
      return;
    }
    // A folder that is not empty cannot be replaced at once.
    const oldPath = `${this.partPath}.old`;
    rmSync(oldPath, { recursive: true, force: true });
    renameSync(this.path, oldPath);
    renameSync(this.partPath, this.path);
    rmSync(oldPath, { recursive: true, force: true });
  }

  private _refuseTaken(): void {
    const { form, overwrite, overwriteOption } = this._options;
    const there = statOf(this.path);
    const wanted = isFolder(form) ? 'a folder' : 'a file';
    if (there !== undefined && (isFolder(form) ? !there.isDirectory() : !there.isFile())) {
      const found = there.isDirectory()
        ? 'a folder'
        : there.isFile()
          ? 'a file'
          : 'a device, a pipe or a socket, which is never replaced';
      throw new TcsReplayError(
        'WRITE_FAILED',
        `Expected the path of ${wanted} to write, found ${found}: ${this.path}`,
      );
    }
    if (there !== undefined && overwrite && isFolder(form) && !isOwnFolder(this.path)) {
      throw new TcsReplayError(
        'WRITE_FAILED',
        `${this.path} is a folder that no conversion has made: it has no ${MANIFEST} of one, and is not replaced; choose another name`,
      );
    }
    if (overwrite) return;
    const suffixes = form === 'db' ? ['', ...COMPANION_SUFFIXES] : [''];
    const taken = suffixes.map((suffix) => this.path + suffix).find(existsSync);
    if (taken === undefined) return;
    throw new TcsReplayError(
      'WRITE_FAILED',
      `${taken} exists already: choose another name, or allow overwriting by ${overwriteOption}`,
    );
  }

  /** Creates what is written to. */
  private _reserve(): void {
    const { form, overwrite, overwriteOption } = this._options;
    reservePart(this.path, this.partPath, overwriteOption, () => {
      if (overwrite) this._remove();
      if (isFolder(form)) mkdirSync(this.partPath);
      else closeSync(openSync(this.partPath, 'wx'));
    });
  }

  private _remove(): void {
    for (const suffix of ['', ...COMPANION_SUFFIXES])
      rmSync(this.partPath + suffix, { recursive: true, force: true });
  }
}

/** @returns undefined where it is missing or cannot be accessed: then opening it fails */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
