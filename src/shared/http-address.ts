import * as expect from './expect.js';

/** Where something is served over HTTP. */
export interface HttpAddress {
  /** Without brackets. */
  readonly host: string;
  /** 0: the system chooses one. */
  readonly port: number;
}

const DEFAULT_HOST = '127.0.0.1';
const LARGEST_PORT = 65_535;
/** `9464`, `localhost:9464`, `[::1]:9464` */
const ADDRESS = /^(?:(?:\[([^\]]+)\]|([^:[\]/\s]+)):)?(\d{1,5})$/;
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|::1)$/;

/**
 * Parses `[HOST:]PORT`. Without a host, only this machine reaches it.
 *
 * @param name what the user calls the option
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseHttpAddress(value: string | number, name: string): HttpAddress {
  const [, ipv6, host, port] = ADDRESS.exec(String(value).trim()) ?? [];
  if (port !== undefined && Number(port) <= LARGEST_PORT)
    return { host: ipv6 ?? host ?? DEFAULT_HOST, port: Number(port) };
  throw expect.badOption(
    name,
    `a port from 0 to ${LARGEST_PORT}, or a host and a port, such as 9464, 127.0.0.1:9464 or [::1]:9464`,
    value,
  );
}

/** Whether only programs on this machine reach an address. */
export function isOfThisMachine({ host }: HttpAddress): boolean {
  return LOOPBACK.test(host);
}

/** `127.0.0.1:9464`, `[::1]:9464` */
export function addressText({ host, port }: HttpAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
