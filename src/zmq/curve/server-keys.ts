import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, TcsReplayError } from '../../shared/errors.js';
import type { NameOf } from '../../shared/expect.js';
import { readCertificate, readSecretCertificate } from './certificate.js';

/** Keys of a CURVE server: its own, and those of the clients that it lets in. */
export interface ServerKeys {
  /** In Z85. */
  readonly secretKey: string;
  /** Public keys of clients, in Z85; undefined: every client that knows the server's public key is let in. */
  readonly clients: ReadonlySet<string> | undefined;
}

export interface ServerKeyOptions {
  /** File of the server's certificate, with its secret key. Undefined: without CURVE. */
  readonly curveKeys?: string;
  /**
   * Certificates of clients, or folders with `*.key` files: only these clients are let in. Undefined: no restriction.
   */
  readonly curveClients?: string | readonly string[];
  /** Called if other users than the owner can read the file with the secret key. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Reads the keys of a server from their files.
 *
 * @param nameOf what the user calls an option, for errors
 * @returns undefined if no keys are given: every client is let in, and nothing is encrypted
 * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE`
 */
export function readServerKeys(
  { curveKeys, curveClients, onNotice }: ServerKeyOptions,
  nameOf: NameOf<'curveKeys' | 'curveClients'> = (option) => option,
): ServerKeys | undefined {
  const clients = typeof curveClients === 'string' ? [curveClients] : curveClients;
  if (curveKeys === undefined) {
    if (clients === undefined) return undefined;
    throw new TcsReplayError(
      'BAD_OPTION',
      `Expected ${nameOf('curveKeys')} besides ${nameOf('curveClients')}: without keys nobody is known`,
    );
  }
  const { secretKey } = readSecretCertificate(curveKeys, nameOf('curveKeys'), onNotice);
  if (clients === undefined) return { secretKey, clients };
  const files = clients.flatMap((path) => certificateFiles(path, nameOf('curveClients')));
  const keys = files.map((path) => readCertificate(path, nameOf('curveClients')).publicKey);
  return { secretKey, clients: new Set(keys) };
}

/** A file, or all `*.key` files of a folder. */
function certificateFiles(path: string, option: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith('.key'));
    if (names.length > 0) return names.map((name) => join(path, name));
  } catch (error) {
    throw new TcsReplayError('NO_SUCH_FILE', `Cannot read the keys of ${option}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  throw new TcsReplayError(
    'BAD_OPTION',
    `Expected ${option} to be certificates, or folders with *.key files, got a folder without: ${path}`,
  );
}
