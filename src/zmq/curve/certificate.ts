import { readFileSync, statSync } from 'node:fs';
import { messageOf, TcsReplayError } from '../../shared/errors.js';
import { plain } from '../../shared/plain-text.js';
import { fromZ85 } from './z85.js';

/** A CURVE certificate. Keys are 32 bytes, as 40 characters of Z85. */
export interface Certificate {
  readonly publicKey: string;
  /** Undefined where the file has the public half only. */
  readonly secretKey: string | undefined;
}

const KEY_BYTES = 32;
const KEY_CHARACTERS = 40;
/** Permission bits of everyone but the owner. */
const OTHERS = 0o077;
/** A larger file is not a certificate. Reading it could take all memory. */
const LARGEST_FILE_BYTES = 1 << 20;

/**
 * Reads a certificate: a ZPL file (ZeroMQ RFC 4), as `tcs-replay keygen`, czmq and pyzmq write it.
 *
 * @param option name of the option that gave the path, for errors
 * @throws TcsReplayError `NO_SUCH_FILE`; `BAD_OPTION` where it is not a certificate
 */
export function readCertificate(path: string, option: string): Certificate {
  const text = readText(path, option);
  const publicKey = keyIn(text, 'public-key', path, option);
  if (publicKey === undefined) throw notACertificate(path, option);
  return { publicKey, secretKey: keyIn(text, 'secret-key', path, option) };
}

/**
 * Reads a certificate with both halves.
 *
 * @param onNotice called if users other than the owner have access to the file
 * @throws TcsReplayError as `readCertificate`, and `BAD_OPTION` where the secret half is missing
 */
export function readSecretCertificate(
  path: string,
  option: string,
  onNotice?: (notice: string) => void,
): Certificate & { readonly secretKey: string } {
  const { publicKey, secretKey } = readCertificate(path, option);
  if (secretKey === undefined) {
    throw new TcsReplayError(
      'BAD_OPTION',
      `Expected ${option} to be a file with a secret key, got the public half only: ${path}; give the .key_secret file`,
    );
  }
  if (process.platform !== 'win32' && (statSync(path).mode & OTHERS) !== 0)
    onNotice?.(
      `${plain(path)} holds a secret key, and others than its owner have access to it: chmod 600 it`,
    );
  return { publicKey, secretKey };
}

function readText(path: string, option: string): string {
  try {
    const stats = statSync(path);
    if (!stats.isFile() || stats.size > LARGEST_FILE_BYTES) throw notACertificate(path, option);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof TcsReplayError) throw error;
    throw new TcsReplayError('NO_SUCH_FILE', `Cannot read the key file of ${option}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The key in a line such as `    public-key = "…"`. A `#` is a comment only at the start of a line: keys contain it. */
function keyIn(text: string, name: string, path: string, option: string): string | undefined {
  const key = new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*(["']?)(.*?)\\1[ \\t]*\\r?$`, 'm').exec(text)?.[2];
  if (key === undefined || fromZ85(key)?.length === KEY_BYTES) return key;
  throw new TcsReplayError(
    'BAD_OPTION',
    `Expected the ${name} in ${path}, of ${option}, to be ${KEY_CHARACTERS} characters of Z85, got ${key.length} characters${
      key.length === KEY_CHARACTERS ? ' that are not' : ''
    }`,
  );
}

function notACertificate(path: string, option: string): TcsReplayError {
  return new TcsReplayError(
    'BAD_OPTION',
    `Expected ${option} to be a CURVE certificate, a file with a line public-key = "…", got ${path}; tcs-replay keygen makes one`,
  );
}
