import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { curveKeyPair } from 'zeromq';
import { messageOf, TcsReplayError } from '../../shared/errors.js';

const PUBLIC_MODE = 0o644;
const SECRET_MODE = 0o600;

export interface CertificateFiles {
  /** Path of the certificate to give to others. */
  readonly publicFile: string;
  /** Path of the certificate to keep: it has both halves. */
  readonly secretFile: string;
  /** In Z85. */
  readonly publicKey: string;
}

/**
 * Makes a pair of CURVE keys, and writes it as two certificates: `NAME.key`, and `NAME.key_secret`, which only the
 * owner can read.
 *
 * @param name path of the files, without the endings
 * @param overwrite whether to replace files that exist
 * @throws TcsReplayError `WRITE_FAILED`
 */
export function generateCertificate(name: string, overwrite: boolean): CertificateFiles {
  const { publicKey, secretKey } = curveKeyPair();
  const [publicFile, secretFile] = [`${name}.key`, `${name}.key_secret`];
  const keys = `metadata\ncurve\n    public-key = "${publicKey}"\n`;
  const secret = `#   ZeroMQ CURVE certificate with a SECRET key: for its owner only.\n\n${keys}    secret-key = "${secretKey}"\n`;
  write(secretFile, secret, SECRET_MODE, overwrite);
  try {
    write(publicFile, `#   ZeroMQ CURVE certificate, the public half.\n\n${keys}`, PUBLIC_MODE, overwrite);
  } catch (error) {
    // Half a pair is useless, and would make the next attempt fail.
    if (!overwrite) unlinkSync(secretFile);
    throw error;
  }
  return { publicFile, secretFile, publicKey };
}

function write(path: string, text: string, mode: number, overwrite: boolean): void {
  try {
    // Remove an existing file, which would keep its mode: others might be able to read the secret.
    if (overwrite) remove(path);
    const file = openSync(path, 'wx', mode);
    try {
      writeSync(file, text);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const reason = exists ? 'it exists; give another name, or --force' : messageOf(error);
    throw new TcsReplayError('WRITE_FAILED', `Cannot write ${path}: ${reason}`, { cause: error });
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
