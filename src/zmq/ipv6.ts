import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';

const LITERAL = /^tcp:\/\/\[/;
const NAME = /^tcp:\/\/(?:.*;)?([^[\]*;:]+):\d+$/;
/** Longest wait for the addresses of a host. */
const LOOKUP_MS = 1000;

/**
 * Whether a socket needs IPv6 for one of the addresses. It can use IPv4 then, too. Without need it is off: libzmq
 * would look for IPv6 addresses of names first, and bind to `tcp://*` fails on systems without IPv6.
 */
export async function needsIpv6(urls: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(urls.map((url) => LITERAL.test(url) || hasOnlyIpv6(url)));
  return answers.includes(true);
}

/** An address as people write it: IPv4 addresses of a socket with IPv6 are `[::ffff:127.0.0.1]`. */
export function plainAddress(url: string): string {
  return url.replace(/\[::ffff:(\d+(?:\.\d+){3})\]/, '$1');
}

/** The name of the host in a tcp address; undefined for an IP address, `*` and other transports. */
export function hostNameOf(url: string): string | undefined {
  const name = NAME.exec(url)?.[1];
  return name === undefined || /^[\d.]+$/.test(name) ? undefined : name;
}

async function hasOnlyIpv6(url: string): Promise<boolean> {
  const name = hostNameOf(url);
  if (name === undefined) return false;
  const found = lookup(name, { all: true }).catch(() => []);
  const addresses = await Promise.race([found, delay(LOOKUP_MS, [], { ref: false })]);
  return addresses.length > 0 && addresses.every(({ family }) => family === 6);
}
