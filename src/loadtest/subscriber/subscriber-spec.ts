import { LONGEST_WAIT_S } from '../../options/option-table.js';
import { badOption, durationOrZeroS, durationS, integer, oneOf } from '../../shared/expect.js';
import { LARGEST_INT32 } from '../../zmq/largest-int32.js';
import { parseServiceModel, type ServiceModel } from './service-model.js';
import { SUBSCRIBER_NAME, subscriberNames } from './subscriber-name.js';

/** A group of equal subscribers that the load test starts. Each is a process of its own. */
export interface SubscriberSpec {
  /** Number of subscribers, 1 or more. */
  readonly count: number;
  /** Name of the group: `own` by default. */
  readonly name: string;
  /** Names of the subscribers, each unique in the load test: `gui` for one, `gui-1`, `gui-2` … for several. */
  readonly names: readonly string[];
  /** Topics that they want: names, or patterns with `*` and `?`. Empty: all. */
  readonly topics: readonly string[];
  readonly service: ServiceModel;
  /** Most messages that libzmq queues in a subscriber; 0: no limit. */
  readonly highWaterMark: number;
  /** When they connect, in seconds since the load began. 0: before it begins. */
  readonly joinS: number;
  /** When they end, in seconds since the load began. Infinity: with the load test. */
  readonly leaveS: number;
}

/** Of all groups together: each is a process of some 60 MB. */
const MOST_SUBSCRIBERS = 1000;
/** The default of libzmq, which a subscriber has that sets none. */
const DEFAULT_HIGH_WATER_MARK = 1000;
const DEFAULT_NAME = 'own';

/** The parts of a group of subscribers, besides their number. */
export const SUBSCRIBER_KEYS = ['name', 'topics', 'service', 'hwm', 'join', 'leave'] as const;
type Key = (typeof SUBSCRIBER_KEYS)[number];

/**
 * Reads the groups of subscribers of a load test: `50`, or `1,name=gui,topics=tracker.*|dome.*,service=exp:200us,hwm=1000,
 * join=10s,leave=30s`.
 *
 * @param flag what the user calls the option, for errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseSubscriberSpecs(texts: readonly string[], flag = '--subscriber'): SubscriberSpec[] {
  const groups = texts.map((text) => parseGroup(text, flag));
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  if (total > MOST_SUBSCRIBERS) {
    throw badOption(flag, `at most ${MOST_SUBSCRIBERS} subscribers in all`, `${total}`);
  }
  const used = new Set<string>();
  let unnamed = 0;
  return groups.map((group) => {
    const isNamed = group.name !== undefined;
    const name = group.name ?? DEFAULT_NAME;
    const names = isNamed
      ? subscriberNames(name, group.count)
      : Array.from({ length: group.count }, () => {
          unnamed += 1;
          return `${name}-${unnamed}`;
        });
    for (const each of names) {
      if (used.has(each)) throw badOption(`names of ${flag}`, 'unique', each, ', which occurs twice');
      used.add(each);
    }
    return { ...group, name, names };
  });
}

type Group = Omit<SubscriberSpec, 'name' | 'names'> & { readonly name: string | undefined };

function parseGroup(text: string, flag: string): Group {
  const [count = '', ...parts] = text.split(',');
  const where = (key: string) => `${key} of ${flag} "${text}"`;
  const values = new Map<Key, string>();
  for (const part of parts) {
    const [, keyText = '', value = ''] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    if (value === '') throw badOption(where('each part'), 'KEY=VALUE', part);
    const key = oneOf(where('each key'), keyText.trim(), SUBSCRIBER_KEYS);
    if (values.has(key)) throw badOption(where(key), 'given once', value, ' besides another');
    values.set(key, value.trim());
  }
  const read = <T>(key: Key, parse: (name: string, value: string) => T, otherwise: T): T => {
    const value = values.get(key);
    return value === undefined ? otherwise : parse(where(key), value);
  };
  const joinS = read('join', durationOrZeroS, 0);
  const leaveS = read('leave', durationS, Number.POSITIVE_INFINITY);
  for (const [key, timeS] of [
    ['join', joinS],
    ['leave', leaveS],
  ] as const) {
    if (timeS <= LONGEST_WAIT_S || timeS === Number.POSITIVE_INFINITY) continue;
    throw badOption(where(key), `at most ${LONGEST_WAIT_S} s`, values.get(key));
  }
  if (leaveS <= joinS) throw badOption(where('leave'), 'later than join', values.get('leave'));
  return {
    count: integer(where('the count'), count, 1, MOST_SUBSCRIBERS),
    name: read('name', parseName, undefined),
    topics: read('topics', parseTopics, []),
    service: read('service', parseServiceModel, { kind: 'none' }),
    highWaterMark: read(
      'hwm',
      (name, value) => integer(name, value, 0, LARGEST_INT32),
      DEFAULT_HIGH_WATER_MARK,
    ),
    joinS,
    leaveS,
  };
}

function parseName(name: string, value: string): string | undefined {
  if (SUBSCRIBER_NAME.test(value)) return value;
  throw badOption(name, 'up to 64 letters, digits, dots, hyphens and underscores', value);
}

function parseTopics(name: string, value: string): string[] {
  const topics = value.split('|');
  if (topics.every((topic) => topic !== '')) return topics;
  throw badOption(name, 'topics with | between them', value);
}
