import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, TcsReplayError } from '../../shared/errors.js';
import { type NameOf, needs } from '../../shared/expect.js';
import { readCertificate, readSecretCertificate } from './certificate.js';

/** The keys of a CURVE server: its own, and those of the clients that it accepts. */
export interface ServerKeys {
  /** The server's secret key in Z85. */
  readonly secretKey: string;
  /** Public keys of the accepted clients, in Z85; undefined: all that know the server's public key. */
  readonly clients: ReadonlySet<string> | undefined;
}

export interface ServerKeyOptions {
  /** File with the server's certificate and secret key. Undefined: without CURVE. */
  readonly curveKeys?: string;
  /** Certificates of the accepted clients, and folders with `*.key` files of them. Undefined: no restriction. */
  readonly curveClients?: string | readonly string[];
  /** Called if users other than the owner have access to the secret key. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Reads the keys of a server.
 *
 * @param nameOf returns the user's name of an option, for errors
 * @returns undefined where `curveKeys` is not given: all clients are accepted, and nothing is encrypted
 * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE`
 */
export function readServerKeys(
  { curveKeys, curveClients, onNotice }: ServerKeyOptions,
  nameOf: NameOf<'curveKeys' | 'curveClients'> = (option) => option,
): ServerKeys | undefined {
  const clients = typeof curveClients === 'string' ? [curveClients] : curveClients;
  if (curveKeys === undefined) {
    if (clients === undefined) return undefined;
    throw needs(nameOf('curveClients'), nameOf('curveKeys'), 'without encryption no client is known');
  }
  const { secretKey } = readSecretCertificate(curveKeys, nameOf('curveKeys'), onNotice);
  if (clients === undefined) return { secretKey, clients };
  const files = clients.flatMap((path) => certificateFiles(path, nameOf('curveClients')));
  const keys = files.map((path) => readCertificate(path, nameOf('curveClients')).publicKey);
  return { secretKey, clients: new Set(keys) };
}

/** The path itself, or all `*.key` files of a folder. */
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
