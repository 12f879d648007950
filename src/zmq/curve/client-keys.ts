import { curveKeyPair } from 'zeromq';
import { withSafeCallbacks } from '../../shared/callbacks.js';
import { type NameOf, needs } from '../../shared/expect.js';
import { readCertificate, readSecretCertificate } from './certificate.js';

/** Socket options of a CURVE client. */
export interface CurveClientOptions {
  readonly curveServerKey: string;
  readonly curvePublicKey: string;
  readonly curveSecretKey: string;
}

export interface ClientKeyOptions {
  /** File with the server's certificate, of which the public key is used. Undefined: without CURVE. */
  readonly curveServer?: string;
  /** File with the client's own certificate and secret key. Undefined: new keys for this connection. */
  readonly curveKeys?: string;
  /** Called if users other than the owner have access to the secret key. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Reads the keys for connecting to a CURVE server. Undefined where `curveServer` is not given: nothing is encrypted.
 *
 * @param nameOf returns the user's name of an option, for errors
 * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE`
 */
export function curveClientOptions(
  options: ClientKeyOptions,
  nameOf: NameOf<'curveServer' | 'curveKeys'> = (option) => option,
): CurveClientOptions | undefined {
  const { curveServer, curveKeys, onNotice } = withSafeCallbacks(options);
  if (curveServer === undefined) {
    if (curveKeys === undefined) return undefined;
    throw needs(nameOf('curveKeys'), nameOf('curveServer'), 'the public key of the server');
  }
  const curveServerKey = readCertificate(curveServer, nameOf('curveServer')).publicKey;
  const own =
    curveKeys === undefined
      ? curveKeyPair()
      : readSecretCertificate(curveKeys, nameOf('curveKeys'), onNotice);
  return { curveServerKey, curvePublicKey: own.publicKey, curveSecretKey: own.secretKey };
}
