import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { messageOf, TcsReplayError } from './errors.js';
import * as expect from './expect.js';

/** A kind of file that a replay writes. */
export interface FileKind {
  /** What the user calls the option that gives the path, for errors. */
  readonly name: string;
  /** The kind in some words, with its article: `a ledger`. */
  readonly what: string;
  /** The first bytes of every such file, as Latin-1. */
  readonly begins: string;
}

/**
 * Opens a file for writing. A file of the same kind is replaced, any other is refused: a wrong path must not overwrite a night.
 *
 * @param path of a file, a device or a pipe
 * @returns the open file, which the caller closes
 * @throws TcsReplayError `BAD_OPTION` if another file exists there; `WRITE_FAILED` if it cannot be opened, or is a pipe that no
 * program reads
 */
export async function openReplaceable(path: string, kind: FileKind): Promise<FileHandle> {
  try {
    await refuseOtherFile(path, kind);
    await refuseUnreadPipe(path);
    return await open(path, 'w');
  } catch (error) {
    throw error instanceof TcsReplayError ? error : cannotWrite(path, kind.what, error);
  }
}

/** The error for a file that cannot be written. @param what the kind of the file, as in `FileKind` */
export function cannotWrite(path: string, what: string, error: unknown): TcsReplayError {
  return new TcsReplayError(
    'WRITE_FAILED',
    `Cannot write ${what} to ${path}: ${messageOf(error)}; name a file that can be written, where there is room`,
    { cause: error },
  );
}

async function refuseOtherFile(path: string, { name, what, begins }: FileKind): Promise<void> {
  // A pipe or a device is not read: that could block forever.
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || !stats.isFile() || stats.size === 0) return;
  if ((await beginningOf(path, begins.length)) === begins) return;
  throw expect.badOption(name, `a new file, or ${what} to replace`, path, ', which is another file');
}

async function beginningOf(path: string, sizeBytes: number): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(sizeBytes), 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Refuses a named pipe that no program has open for reading: to open it would wait, without end, for one that does. */
async function refuseUnreadPipe(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFIFO() !== true) return;
  try {
    // Without O_NONBLOCK from then on: writes wait for a slow reader.
    await (await open(path, constants.O_WRONLY | constants.O_NONBLOCK)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    throw new TcsReplayError(
      'WRITE_FAILED',
      `Expected a program that reads the pipe ${path}, found none: start it first`,
      { cause: error },
    );
  }
}
