import { dirname } from 'node:path';

import { messageOf, TcsReplayError } from '../shared/errors.js';
import { checkIsSocket, checkUnused, pathOf, SocketFile } from './socket-file.js';

const TCP_PORT = /^tcp:\/\/.*:(-?\d+)$/;
const LARGEST_PORT = 65535;
/** `sun_path` of Linux (unix(7)), without the byte that ends it. */
const LONGEST_IPC_PATH_BYTES = 107;

/**
 * Binds a socket.
 *
 * @returns the file of an ipc address, to be removed when the socket is closed
 * @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`
 */
export async function bindTo(url: string, bind: () => Promise<void>): Promise<SocketFile | undefined> {
  await atAddress('bind to', url, async () => {
    await checkUnused(url);
    await bind();
  });
  return SocketFile.of(url);
}

/** Connects a socket. @throws TcsReplayError `BAD_ADDRESS`, `SOCKET_FAILED` */
export async function connectTo(url: string, connect: () => void): Promise<void> {
  await atAddress('connect to', url, connect);
}

/** Runs `action`, and converts its errors into ones about the address. @param verb names the action in errors */
async function atAddress(verb: string, url: string, action: () => void | Promise<void>): Promise<void> {
  checkPort(url);
  checkIsSocket(verb, url);
  try {
    await action();
  } catch (error) {
    throw error instanceof TcsReplayError ? error : addressError(error, verb, url);
  }
}

/** Refuses a TCP port below 0 or above 65535: libzmq would use it modulo 65536. */
function checkPort(url: string): void {
  const port = TCP_PORT.exec(url)?.[1];
  if (port !== undefined && (port.startsWith('-') || Number(port) > LARGEST_PORT)) {
    throw new TcsReplayError('BAD_ADDRESS', `Expected a port up to ${LARGEST_PORT} in ${url}`);
  }
}

function addressError(error: unknown, verb: string, url: string): TcsReplayError {
  const code = (error as NodeJS.ErrnoException).code;
  const cause = { cause: error };
  if (code === 'EADDRINUSE') {
    return new TcsReplayError(
      'ADDRESS_IN_USE',
      `Cannot ${verb} ${url}: the address is in use; end the other program, or give another address`,
      cause,
    );
  }
  if (code === 'EINVAL' || code === 'EPROTONOSUPPORT' || code === 'ENOCOMPATPROTO') {
    return new TcsReplayError(
      'BAD_ADDRESS',
      `Cannot ${verb} ${url}: expected an address like tcp://127.0.0.1:5556 or ipc:///tmp/events`,
      cause,
    );
  }
  const path = pathOf(url);
  if (path !== undefined && code === 'ENOENT') {
    return new TcsReplayError(
      'BAD_ADDRESS',
      `Cannot ${verb} ${url}: there is no folder ${dirname(path)}`,
      cause,
    );
  }
  if (path !== undefined && code === 'ENAMETOOLONG') {
    return new TcsReplayError(
      'BAD_ADDRESS',
      `Cannot ${verb} ${url}: its path has ${Buffer.byteLength(path)} bytes, and the system takes at most ${LONGEST_IPC_PATH_BYTES} (on macOS 103): give a shorter one, such as ipc:///tmp/events`,
      cause,
    );
  }
  if (code === 'ENODEV' || code === 'EADDRNOTAVAIL') {
    return new TcsReplayError(
      'BAD_ADDRESS',
      `Cannot ${verb} ${url}: this machine has no such address or interface`,
      cause,
    );
  }
  return new TcsReplayError('SOCKET_FAILED', `Cannot ${verb} ${url}: ${messageOf(error)}`, cause);
}
