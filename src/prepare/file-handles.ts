import { type FileHandle, open } from 'node:fs/promises';

/** A file as it was at a time: another one may have its path later. */
export interface HandledFile {
  readonly path: string;
}

interface Opened {
  readonly handle: Promise<FileHandle>;
  /** What is being done with it. */
  uses: number;
}

/** Files that are open for reading, a bounded number at a time: those used least recently are closed, and opened again when needed. */
export class FileHandles {
  private readonly _most: number;
  /** In the order of their last use. */
  private readonly _opened = new Map<HandledFile, Opened>();
  private readonly _closing = new Set<Promise<void>>();
  /** Let those go on that wait until another file is not used any more. */
  private readonly _waiting: (() => void)[] = [];
  private _isClosed = false;

  /** @param most number of files that are open at a time, 1 or more */
  constructor(most: number) {
    this._most = most;
  }

  /**
   * Does something with an open file, when fewer than the most others are in use.
   *
   * @param action must not use another file
   * @throws what opening the file throws, and what `action` throws
   */
  async use<T>(file: HandledFile, action: (handle: FileHandle) => Promise<T>): Promise<T> {
    while (!this._opened.has(file) && this._opened.size >= this._most && !this._closeIdle(this._most - 1))
      await new Promise<void>((resolve) => this._waiting.push(resolve));
    const opened = this._opened.get(file) ?? { handle: open(file.path, 'r'), uses: 0 };
    this._opened.delete(file);
    this._opened.set(file, opened);
    opened.uses += 1;
    try {
      return await action(await opened.handle);
    } catch (error) {
      // What could not be opened is tried anew the next time.
      opened.handle.catch(() => this._opened.get(file) === opened && this._opened.delete(file));
      throw error;
    } finally {
      opened.uses -= 1;
      if (this._isClosed) this._closeIdle(0);
      if (opened.uses === 0) this._waiting.shift()?.();
    }
  }

  /** Closes all, those that are in use after their use. Settles when those that are not in use are closed. */
  async close(): Promise<void> {
    this._isClosed = true;
    this._closeIdle(0);
    await Promise.all(this._closing);
  }

  /** Closes files that are not in use, until no more are left than `most`. @returns whether that is so */
  private _closeIdle(most: number): boolean {
    for (const [file, { handle, uses }] of this._opened) {
      if (this._opened.size <= most) break;
      if (uses > 0) continue;
      this._opened.delete(file);
      const closing = handle.then(
        (opened) => opened.close(),
        () => {}, // Its user knows that it could not be opened.
      );
      this._closing.add(closing);
      closing.finally(() => this._closing.delete(closing));
    }
    return this._opened.size <= most;
  }
}
