/** More prefixes than these are not tried in all combinations: there would be more than a thousand. */
const MOST_FREE_PREFIXES = 10;

/** Connections, and the subscriptions that came over all of them. */
export interface SetQuestion<Key> {
  /** The bytes of events that each connection took; undefined where they cannot tell, as while some are under way. */
  readonly connections: ReadonlyMap<Key, number | undefined>;
  /** Number of subscriptions by prefix. No connection has the same prefix twice. */
  readonly subscriptions: ReadonlyMap<string, number>;
  /** Whether every subscription came over one of the connections. */
  readonly isWhole: boolean;
  /** The bytes of events that a subscriber of prefixes was sent; undefined where they are not known. */
  bytesOf(prefixes: readonly string[]): number | undefined;
  /** Equal for sets of prefixes that were sent the same events. */
  coverage(prefixes: readonly string[]): string;
}

/**
 * Finds which prefixes each connection subscribes to. ZeroMQ reports the subscriptions, but not over which connection
 * they came. A prefix with as many subscriptions as there are connections is a prefix of each. Of the others, the set is
 * the connection's whose events have as many bytes as it took. What is left then may be the common set of the rest.
 *
 * @returns sets that are certain, or as good as: a connection is left out where no set fits, or where several do that were
 * sent different events, and all are where the sets found do not add up to the subscriptions
 */
export function findSets<Key>(question: SetQuestion<Key>): Map<Key, readonly string[]> {
  const { isWhole, bytesOf, coverage } = question;
  const found = new Map<Key, readonly string[]>();
  const open = new Map(question.connections);
  const left = new Map(question.subscriptions);
  /** False once a connection got one of several sets that fit: what is left is not known then. */
  let isLeftKnown = isWhole;
  for (;;) {
    if (open.size === 0) return isLeftKnown && left.size > 0 ? new Map() : found;
    if (isWhole && [...left.values()].some((count) => count > open.size)) return new Map();
    const common = isLeftKnown ? [...left].flatMap(([p, count]) => (count === open.size ? [p] : [])) : [];
    const free = [...left.keys()].filter((prefix) => !common.includes(prefix));
    if (isLeftKnown && free.length === 0) {
      for (const key of open.keys()) found.set(key, common);
      return found;
    }
    if (free.length > MOST_FREE_PREFIXES) return found;
    if ([...open.values()].every((bytes) => bytes === undefined)) return found;
    const before = open.size;
    const candidates = subsets(free).map((some) => [...common, ...some]);
    const sums = candidates.map(bytesOf);
    for (const [key, bytes] of [...open]) {
      if (bytes === undefined) continue;
      const fits = candidates.filter((_, i) => sums[i] === bytes);
      if (fits.length === 0 || new Set(fits.map(coverage)).size > 1) continue;
      const [set] = fits;
      found.set(key, set);
      open.delete(key);
      if (fits.length > 1) isLeftKnown = false;
      else if (!take(left, set) && isWhole) return new Map();
    }
    if (open.size === before) return found;
  }
}

/** Takes one subscription of each prefix away. @returns false where there was none */
function take(left: Map<string, number>, set: readonly string[]): boolean {
  let wasThere = true;
  for (const prefix of set) {
    const count = left.get(prefix) ?? 0;
    if (count === 0) wasThere = false;
    if (count > 1) left.set(prefix, count - 1);
    else left.delete(prefix);
  }
  return wasThere;
}

/** All subsets, the smallest first. */
function subsets(items: readonly string[]): string[][] {
  let all: string[][] = [[]];
  for (const item of items) all = [...all, ...all.map((some) => [...some, item])];
  return all.sort((a, b) => a.length - b.length);
}
