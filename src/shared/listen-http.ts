import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, TcsReplayError } from './errors.js';
import { addressText, type HttpAddress } from './http-address.js';

/**
 * Makes a server of HTTP listen. It keeps no process from ending. A connection that it cannot accept later, as with too many open
 * files, fails by itself.
 *
 * @param optionName what the user calls the option with the address, for errors
 * @returns the address, with the port that the system has chosen
 * @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`
 */
export async function listenHttp(
  server: Server,
  address: HttpAddress,
  optionName: string,
): Promise<HttpAddress> {
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, address, optionName);
  }
  server.on('error', () => {});
  server.unref();
  const { port } = server.address() as AddressInfo;
  return { ...address, port };
}

function listenError(error: unknown, address: HttpAddress, optionName: string): TcsReplayError {
  const cannot = `Cannot serve ${optionName} at ${addressText(address)}`;
  const cause = { cause: error };
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new TcsReplayError(
        'ADDRESS_IN_USE',
        `${cannot}: the address is in use; end the other program, or give another port`,
        cause,
      );
    case 'EACCES':
      return new TcsReplayError(
        'BAD_ADDRESS',
        `${cannot}: this user may not open that port; give one above 1023, such as 9464`,
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENODEV':
    case 'EINVAL':
      return new TcsReplayError('BAD_ADDRESS', `${cannot}: this machine has no such address`, cause);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new TcsReplayError('BAD_ADDRESS', `${cannot}: no host has the name ${address.host}`, cause);
    default:
      return new TcsReplayError('SOCKET_FAILED', `${cannot}: ${messageOf(error)}`, cause);
  }
}
