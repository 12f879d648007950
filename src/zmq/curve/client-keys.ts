import { curveKeyPair } from 'zeromq';
import { TcsReplayError } from '../../shared/errors.js';
import { readCertificate, readSecretCertificate } from './certificate.js';

/** Socket options of a CURVE client. */
export interface CurveClientOptions {
  readonly curveServerKey: string;
  readonly curvePublicKey: string;
  readonly curveSecretKey: string;
}

export interface ClientKeyOptions {
  /** File of the server's certificate; its public key is used. Undefined: without CURVE. */
  readonly curveServer?: string;
  /** File of one's own certificate, with its secret key. Undefined: keys for this time only. */
  readonly curveKeys?: string;
  readonly onNotice?: (notice: string) => void;
}

/** How errors name the options. */
const LIBRARY_NAMES = { curveServer: 'curveServer', curveKeys: 'curveKeys' };

/**
 * Socket options to connect to a CURVE server with; undefined where no server key is given: nothing is encrypted.
 *
 * @param names the options' names, where they have others
 * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE`
 */
export function curveClientOptions(
  { curveServer, curveKeys, onNotice }: ClientKeyOptions,
  names: Readonly<typeof LIBRARY_NAMES> = LIBRARY_NAMES,
): CurveClientOptions | undefined {
  if (curveServer === undefined) {
    if (curveKeys === undefined) return undefined;
    throw new TcsReplayError(
      'BAD_OPTION',
      `Expected ${names.curveServer} besides ${names.curveKeys}: the public key of the server`,
    );
  }
  const curveServerKey = readCertificate(curveServer, names.curveServer).publicKey;
  const own =
    curveKeys === undefined ? curveKeyPair() : readSecretCertificate(curveKeys, names.curveKeys, onNotice);
  return { curveServerKey, curvePublicKey: own.publicKey, curveSecretKey: own.secretKey };
}
