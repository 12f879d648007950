import { hostname, networkInterfaces } from 'node:os';

/** Of `tcp://127.0.0.1:30400`, or with the own address before it: `tcp://eth0:0;tracker:30400`. */
const TCP = /^tcp:\/\/(?:[^;]*;)?\[?([^;]*?)\]?:(\d+)$/;
const ANY_HOST: ReadonlySet<string> = new Set(['*', '0.0.0.0', '::', '']);

/**
 * Whether whoever connects to an address comes to a socket at another one, as far as that can be told without asking the network.
 *
 * @param url an address that is connected to
 * @param own an address of a socket of this process
 */
export function reaches(url: string, own: string): boolean {
  if (url === own) return !/:(?:\*|0)$/.test(own);
  const [, host, port] = TCP.exec(url) ?? [];
  const [, ownHost, ownPort] = TCP.exec(own) ?? [];
  if (host === undefined || ownHost === undefined || port !== ownPort || port === '0') return false;
  if (ANY_HOST.has(ownHost)) return addressesOf(host).length > 0;
  return addressesOf(host).some((address) => addressesOf(ownHost).includes(address));
}

/** The addresses of this machine that a host stands for; empty: it is another one, or not known. */
function addressesOf(host: string): string[] {
  const own = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address }) => ({ name, address })),
  );
  if (host === 'localhost') return ['127.0.0.1', '::1'];
  if (/^127\./.test(host)) return [host];
  if (host === hostname()) return own.map(({ address }) => address);
  return own.filter(({ name, address }) => host === name || host === address).map(({ address }) => address);
}
