import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { TcsReplayError } from '../shared/errors.js';

/** An address that begins with @ is a name in the abstract namespace, and with * a path that libzmq chooses. */
const IPC_PATH = /^ipc:\/\/([^@*].*)$/;

/**
 * The file of a socket that is bound to an ipc address. libzmq replaces the file that is there, even while another
 * program listens at it, and leaves its own file behind.
 */
export class SocketFile {
  private readonly _path: string;
  private readonly _inode: number | undefined;

  /** Call it once the socket is bound. @returns undefined for addresses without a file that stays behind */
  static of(url: string): SocketFile | undefined {
    const path = pathOf(url);
    return path === undefined ? undefined : new SocketFile(path);
  }

  private constructor(path: string) {
    this._path = path;
    this._inode = inodeOf(path);
  }

  /** Removes the file, unless it is another one by now. Call it when the socket is closed. */
  remove(): void {
    if (this._inode === undefined || inodeOf(this._path) !== this._inode) return;
    try {
      unlinkSync(this._path);
    } catch {
      // The folder does not let us: the next program that binds there replaces the file.
    }
  }
}

/**
 * Checks the file of an ipc address before a socket is bound to it. The socket of a program that has ended is none.
 *
 * @throws TcsReplayError `ADDRESS_IN_USE` if a program listens there
 */
export async function checkUnused(url: string): Promise<void> {
  const path = pathOf(url);
  if (path === undefined || !(await isInUse(path))) return;
  throw new TcsReplayError(
    'ADDRESS_IN_USE',
    `Cannot bind to ${url}: the address is in use; end the other program, or give another address`,
  );
}

/** Refuses the path of a file that is not a socket: libzmq would delete it to make its socket. */
export function checkIsSocket(verb: string, url: string): void {
  const path = pathOf(url);
  if (path === undefined || !isOtherFile(path)) return;
  throw new TcsReplayError(
    'BAD_ADDRESS',
    `Cannot ${verb} ${url}: ${path} is there, and no socket; give a path where nothing is`,
  );
}

/** The path of an ipc address that has a file; undefined for other addresses. */
export function pathOf(url: string): string | undefined {
  return IPC_PATH.exec(url)?.[1];
}

/** Whether a program accepts connections at the path, or this user may not know it. */
function isInUse(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // EAGAIN: a program listens, and has many connections to accept. EACCES: the socket is another user's.
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'EAGAIN' || code === 'EACCES'),
    );
  });
}

function isOtherFile(path: string): boolean {
  try {
    return !lstatSync(path).isSocket();
  } catch {
    return false; // It does not exist, or libzmq will report why it cannot be used.
  }
}

function inodeOf(path: string): number | undefined {
  try {
    return lstatSync(path).ino;
  } catch {
    return undefined;
  }
}
