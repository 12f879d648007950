import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, TcsReplayError } from '../shared/errors.js';

const TCP_PORT = /^tcp:\/\/.*:(-?\d+)$/;
/** An address that begins with @ is a name in the abstract namespace, and with * a path that libzmq chooses. */
const IPC_PATH = /^ipc:\/\/([^@*].*)$/;
const LARGEST_PORT = 65535;
/** `sun_path` of Linux (unix(7)), without the byte that ends it. */
const LONGEST_IPC_PATH_BYTES = 107;

/**
 * Runs `action`, which binds or connects a socket, and converts its errors into ones about the address.
 *
 * @param verb names the action in errors, such as `bind to`
 * @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`
 */
export async function atAddress(
  verb: string,
  url: string,
  action: () => void | Promise<void>,
): Promise<void> {
  checkPort(url);
  checkFile(verb, url);
  try {
    await action();
  } catch (error) {
    throw addressError(error, verb, url);
  }
}

/** Refuses a TCP port below 0 or above 65535: libzmq would use it modulo 65536. */
function checkPort(url: string): void {
  const port = TCP_PORT.exec(url)?.[1];
  if (port !== undefined && (port.startsWith('-') || Number(port) > LARGEST_PORT)) {
    throw new TcsReplayError('BAD_ADDRESS', `Expected a port up to ${LARGEST_PORT} in ${url}`);
  }
}

/** Refuses the path of a file that is not a socket: libzmq would delete it to make its socket. */
function checkFile(verb: string, url: string): void {
  const path = IPC_PATH.exec(url)?.[1];
  if (path === undefined || !isOtherFile(path)) return;
  throw new TcsReplayError(
    'BAD_ADDRESS',
    `Cannot ${verb} ${url}: ${path} is there, and no socket; give a path where nothing is`,
  );
}

function isOtherFile(path: string): boolean {
  try {
    return !lstatSync(path).isSocket();
  } catch {
    return false; // It does not exist, or libzmq will report why it cannot be used.
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
  const path = IPC_PATH.exec(url)?.[1];
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
