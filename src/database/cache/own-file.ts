import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  writeFileSync,
} from 'node:fs';

/** Says why a file is not trusted, in some words. */
export class FileFault extends Error {}

/** Neither follows a symbolic link nor waits for the writer of a pipe. Windows has neither constant. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** More than a description takes. */
const LARGEST_TEXT_BYTES = 1 << 20;

interface OpenFile {
  readonly file: number;
  readonly size: number;
}

/**
 * Opens a file of the user's own for reading. The caller closes it.
 *
 * @throws FileFault where it is no plain file, or belongs to another user
 */
export function openOwn(path: string): OpenFile {
  const file = openSync(path, READ_ONLY);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new FileFault('it is no plain file');
    requireOwn(stats);
    return { file, size: stats.size };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Uses an open file and closes it. */
export function withFile<T>(opened: OpenFile, use: (opened: OpenFile) => T): T {
  try {
    return use(opened);
  } finally {
    closeSync(opened.file);
  }
}

/** The text of a small file of the user's own. @throws FileFault */
export function readOwnText(path: string): string {
  return withFile(openOwn(path), ({ file, size }) => {
    if (size > LARGEST_TEXT_BYTES) throw new FileFault(`it has ${size} bytes of text`);
    return readFileSync(file, 'utf8');
  });
}

/** @throws FileFault where it is no folder of the user's own with just these names in it */
export function requireOwnFolder(path: string, names: readonly string[]): void {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) throw new FileFault('it is no folder');
  requireOwn(stats);
  const found = readdirSync(path).sort();
  if (found.join('/') !== [...names].sort().join('/')) {
    throw new FileFault(`it holds ${found.length === 0 ? 'nothing' : found.join(', ')}`);
  }
}

/** Writes a new file, to the disk. */
export function writeFlushed(path: string, text: string): void {
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes the names in a folder to the disk, where the system can do so. */
export function flushFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function requireOwn({ uid }: Stats): void {
  const own = process.geteuid?.();
  if (own !== undefined && uid !== own) throw new FileFault('it belongs to another user');
}
