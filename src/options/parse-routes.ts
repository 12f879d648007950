import { badOption, type NameOf } from '../shared/expect.js';
import type { Route } from '../zmq/route.js';

interface AddressOptions {
  readonly url: readonly string[];
  readonly connect: readonly string[];
}

interface GivenAddress {
  readonly address: string;
  /** Each once, in order; empty: all topics. */
  readonly topics: readonly string[];
  readonly option: keyof AddressOptions;
}

const ADDRESS = /^\w+:\/\//;
/** Of an address with these the system chooses the port: given twice, it is two addresses. */
const ANY_PORT = /:(?:\*|0)$/;
const ALL = '*';

/**
 * The sockets of a replay: one for each set of topics that an address has.
 *
 * @throws TcsReplayError `BAD_OPTION`: an address without topics after its `=`, or twice with different ones
 */
export function parseRoutes({ url, connect }: AddressOptions, nameOf: NameOf<keyof AddressOptions>): Route[] {
  const given = [
    ...url.map((text) => parseAddress(text, 'url', nameOf('url'))),
    ...connect.map((text) => parseAddress(text, 'connect', nameOf('connect'))),
  ];
  if (given.length === 0) return [{ bind: [], connect: [], topics: [] }];
  const bySet = new Map<string, GivenAddress[]>();
  for (const one of given) {
    const set = setOf(one);
    refuseAnotherSet(one, given, nameOf);
    bySet.set(set, [...(bySet.get(set) ?? []), one]);
  }
  const addressesOf = (all: readonly GivenAddress[], wanted: keyof AddressOptions) =>
    all.filter(({ option }) => option === wanted).map(({ address }) => address);
  return [...bySet.values()].map((all) => ({
    bind: addressesOf(all, 'url'),
    connect: addressesOf(all, 'connect'),
    topics: all[0].topics,
  }));
}

/** Parses `tcp://127.0.0.1:30400=tracker.*,dome.*`. The last `=` counts: the path of a socket may have others. */
function parseAddress(text: string, option: keyof AddressOptions, name: string): GivenAddress {
  const at = text.lastIndexOf('=');
  if (at === -1) return { address: text, topics: [], option };
  const address = text.slice(0, at);
  const topics = text
    .slice(at + 1)
    .split(',')
    .map((topic) => topic.trim());
  if (!ADDRESS.test(address) || topics.includes(''))
    throw badOption(name, 'an address, or one with its topics such as tcp://127.0.0.1:30400=tracker.*', text);
  return { address, topics: topics.includes(ALL) ? [] : [...new Set(topics)], option };
}

/** The same for the same topics in any order. */
function setOf({ topics }: GivenAddress): string {
  return [...topics].sort().join(',');
}

function refuseAnotherSet(
  one: GivenAddress,
  all: readonly GivenAddress[],
  nameOf: NameOf<keyof AddressOptions>,
): void {
  const { address, option } = one;
  const other = all.find((each) => each.address === address && setOf(each) !== setOf(one));
  if (other === undefined || ANY_PORT.test(address)) return;
  throw badOption(
    nameOf(option),
    `an address once, with all its topics such as ${address}=tracker.*,dome.*`,
    address,
    ' twice, with different topics',
  );
}
