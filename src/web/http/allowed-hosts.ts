import { hostname, networkInterfaces } from 'node:os';
import { addressText, type HttpAddress, isOfThisMachine } from '../../shared/http-address.js';

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '::1'];
/** A browser leaves it out. */
const HTTP_PORT = 80;

/**
 * The values of the header Host that a request may have. That a socket is bound to the loopback does not keep a foreign page from it:
 * its name may resolve to this machine (DNS rebinding). Its requests then have that name as their Host.
 *
 * @param address with the port that it is bound to
 */
export function allowedHosts(address: HttpAddress): ReadonlySet<string> {
  const hosts = isOfThisMachine(address)
    ? [...LOOPBACK_HOSTS, address.host]
    : [...LOOPBACK_HOSTS, address.host, hostname(), ...ownAddresses()];
  return new Set(
    hosts.flatMap((host) => {
      const text = addressText({ host: host.toLowerCase(), port: address.port });
      return address.port === HTTP_PORT ? [text, text.replace(/:80$/, '')] : [text];
    }),
  );
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}
