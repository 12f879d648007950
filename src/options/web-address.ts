import * as expect from '../shared/expect.js';
import { type HttpAddress, isOfThisMachine, parseHttpAddress } from '../shared/http-address.js';

/** Where the page is served by default: this machine alone reaches it, at a port that the system chooses. */
export const DEFAULT_WEB_ADDRESS = '127.0.0.1:0';

/** The options of the page in the browser. */
interface WebOptions {
  readonly web?: HttpAddress | undefined;
  readonly webAnyHost?: boolean;
}

/** Converts a value of the option `web`; true: the default address. @throws TcsReplayError `BAD_OPTION` */
export function webAddress(value: string | number | boolean, name: string): HttpAddress | undefined {
  if (value === false) return undefined;
  return parseHttpAddress(value === true ? DEFAULT_WEB_ADDRESS : value, name);
}

/**
 * Checks the address of the page. Whoever has its URL drives the replay, so only this machine may reach it, unless `webAnyHost`
 * allows other hosts.
 *
 * @param nameOf what the user calls an option
 * @throws TcsReplayError `BAD_OPTION`
 */
export function checkWeb(
  { web, webAnyHost = false }: WebOptions,
  nameOf: expect.NameOf<keyof WebOptions> = (option) => option,
): HttpAddress | undefined {
  if (web === undefined) {
    if (!webAnyHost) return undefined;
    throw expect.needs(nameOf('webAnyHost'), nameOf('web'), 'it says which hosts reach that address');
  }
  if (isOfThisMachine(web) || webAnyHost) return web;
  throw expect.badOption(
    nameOf('web'),
    `an address that only this machine reaches, such as ${DEFAULT_WEB_ADDRESS}`,
    `${web.host}:${web.port}`,
    `; whoever has the page's URL drives the replay, and it is not encrypted: ${nameOf('webAnyHost')} allows other hosts`,
  );
}
