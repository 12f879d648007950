import { badOption } from '../shared/expect.js';

/** A subscriber with an address of its own. */
export interface EndpointSpec {
  /** What it is called in conditions and reports. */
  readonly name: string;
  /** Address that the publisher is bound to for it. */
  readonly url: string;
}

const NAME = /^[A-Za-z][\w.-]{0,63}$/;
const URL_FORM = /^(tcp|ipc):\/\/.+/;
const FORM = 'NAME=URL such as gui=tcp://*:6001';

/**
 * Parses endpoints such as `gui=tcp://*:6001`. Names and addresses occur once.
 *
 * @param option what the user calls it, for errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseEndpoints(given: readonly string[], option = 'endpoint'): readonly EndpointSpec[] {
  const specs = given.map((text) => parseEndpoint(text, option));
  for (const [i, { name, url }] of specs.entries()) {
    const before = specs.slice(0, i);
    if (before.some((other) => other.name === name))
      throw badOption(option, 'a name that no other endpoint has', given[i]);
    // The system chooses another port each time.
    if (!url.endsWith(':*') && before.some((other) => other.url === url))
      throw badOption(option, 'an address that no other endpoint has', given[i]);
  }
  return specs;
}

function parseEndpoint(text: string, option: string): EndpointSpec {
  const at = text.indexOf('=');
  if (at < 0) throw badOption(option, FORM, text);
  const [name, url] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (!NAME.test(name))
    throw badOption(
      option,
      `${FORM}, with a name of letters, digits, _, . and -, which begins with a letter`,
      text,
    );
  if (!URL_FORM.test(url)) throw badOption(option, `${FORM}, with an address of tcp:// or ipc://`, text);
  return { name, url };
}
