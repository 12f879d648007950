/** An address as `ss` prints it, with one of IPv4 as such: `127.0.0.1:5556` for `[::ffff:127.0.0.1]:5556`. */
export function addressOf(printed: string): string {
  return printed.replace(/^\[::ffff:(\d+\.\d+\.\d+\.\d+)\]/i, '$1');
}

/** The port at the end of an address; NaN where there is none. */
export function portOfAddress(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
