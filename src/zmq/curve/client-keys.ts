import { curveKeyPair } from 'zeromq';
import { TcsReplayError } from '../../shared/errors.js';
import type { NameOf } from '../../shared/expect.js';
import { readCertificate, readSecretCertificate } from './certificate.js';

/** Socket options of a CURVE client. */
export interface CurveClientOptions {
  readonly curveServerKey: string;
  readonly curvePublicKey: string;
  readonly curveSecretKey: string;
}

export interface ClientKeyOptions {
  /** File of the server's certificate, of which the public key is used. Undefined: without CURVE. */
  readonly curveServer?: string;
  /** File of the client's own certificate, with its secret key. Undefined: new keys are made for this connection. */
  readonly curveKeys?: string;
  /** Called if other users than the owner can read the file with the secret key. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Reads the socket options with which a client connects to a CURVE server.
 *
 * @param nameOf what the user calls an option, for errors
 * @returns undefined if no server key is given: nothing is encrypted
 * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE`
 */
export function curveClientOptions(
  { curveServer, curveKeys, onNotice }: ClientKeyOptions,
  nameOf: NameOf<'curveServer' | 'curveKeys'> = (option) => option,
): CurveClientOptions | undefined {
  if (curveServer === undefined) {
    if (curveKeys === undefined) return undefined;
    throw new TcsReplayError(
      'BAD_OPTION',
      `Expected ${nameOf('curveServer')} besides ${nameOf('curveKeys')}: the public key of the server`,
    );
  }
  const curveServerKey = readCertificate(curveServer, nameOf('curveServer')).publicKey;
  const own =
    curveKeys === undefined
      ? curveKeyPair()
      : readSecretCertificate(curveKeys, nameOf('curveKeys'), onNotice);
  return { curveServerKey, curvePublicKey: own.publicKey, curveSecretKey: own.secretKey };
}
