import type { PayloadFormat } from '../batch/batch.js';
import { DEFAULT_BUSY_TIMEOUT_S } from '../database/default-busy-timeout.js';
import type { EventReader } from '../database/event-reader.js';
import type { SortBy } from '../database/order/sort-by.js';
import { parseSchemaOverride } from '../database/schema/schema-override.js';
import { parseThresholds } from '../measure/threshold.js';
import type { Rate } from '../pacing/even-pace.js';
import type { LatePolicy } from '../pacing/late-policy.js';
import type { Times } from '../pacing/schedule.js';
import type { Timing } from '../pacing/waiter.js';
import { OBSERVATORY_ZONE } from '../selection/time-zone.js';
import * as expect from '../shared/expect.js';
import { type HttpAddress, parseHttpAddress } from '../shared/http-address.js';
import type { FullPolicy } from '../zmq/full-policy.js';
import { LARGEST_INT32 } from '../zmq/largest-int32.js';
import { clockInterval } from './clock-interval.js';
import { defaultWorkers } from './default-workers.js';
import { type Option, option } from './option.js';
import { rate } from './rate.js';
import type { ReplayHooks, ReplayOptions } from './replay-options.js';
import { webAddress } from './web-address.js';

type GivenNumber = number | string;
type GivenTexts = string | readonly string[];

export const LATE_POLICIES: readonly LatePolicy[] = ['catch-up', 'shift', 'drop', 'abort'];
export const FULL_POLICIES: readonly FullPolicy[] = ['drop', 'block'];
export const SORT_ORDERS: readonly SortBy[] = ['none', '__data_time', '__wire_time'];
const TIMES: readonly Times[] = ['replay', 'now', 'original'];
const TIMINGS: readonly Timing[] = ['precise', 'balanced', 'eco'];
export const FORMATS: readonly PayloadFormat[] = ['json', 'msgpack'];
export const READERS: readonly EventReader[] = ['pages', 'sql'];

/** About 23 days: the delay of a Node timer is at most 2^31 - 1 milliseconds. */
export const LONGEST_WAIT_S = 2_000_000;
const MOST_WORKERS = 64;
const MOST_BATCH_EVENTS = 65_536;
/**
 * ZeroMQ's own 1000 drops most of a burst before an idle subscriber has read it. 200,000 messages are what a publisher
 * sends at its highest rate in most of a second: enough for a subscriber that is held up for that long. For a
 * subscriber that has stopped, the queue takes 180 MB, measured with events of 400 bytes.
 */
const DEFAULT_HIGH_WATER_MARK = 200_000;

/**
 * The options of a replay, one row each: the default, and the check. `ReplayOptions` documents them. A row with
 * `asGiven` has no check of its own: it is a switch or a folder, or `resolveOptions` checks it together with others.
 */
export const OPTIONS = {
  databases: option([], texts),
  follow: option<boolean>(false, asGiven),
  /** Infinity: there is no end. */
  followForS: option(Number.POSITIVE_INFINITY, above(0, LONGEST_WAIT_S)),
  from: option([], texts),
  behindS: option(0, atLeast(0, LONGEST_WAIT_S)),
  /** Some seconds of 50,000 events/s of 16 attributes. */
  queueBytes: option(128 << 20, integer(1)),
  curveServer: option<string | undefined>(undefined, asGiven),
  url: option(['tcp://127.0.0.1:5556'], texts),
  connect: option([], texts),
  waitSetupS: option(1, atLeast(0, LONGEST_WAIT_S)),
  waitSubscribers: option(0, integer(0, LARGEST_INT32)),
  waitTimeoutS: option(60, above(0, LONGEST_WAIT_S)),
  serveForever: option<boolean>(false, asGiven),
  loop: option(1, integer(1)),
  loopDelayS: option(0, atLeast(0, LONGEST_WAIT_S)),
  prime: option<boolean>(false, asGiven),
  /** Infinity: no silence is cut. */
  maxGapS: option(Number.POSITIVE_INFINITY, atLeast(0, expect.LONGEST_SPAN_S)),
  /** Infinity: flat out. */
  speedup: option(1, (value: GivenNumber, name) => expect.speedup(name, value)),
  /** Undefined: as recorded. */
  rate: option<Rate | undefined>(undefined, (value: GivenNumber, name) => rate(name, value)),
  burst: option(1, integer(1)),
  onLate: option('catch-up', oneOf(LATE_POLICIES)),
  lateAfterMs: option(50, atLeast(0, 1000 * expect.LONGEST_SPAN_S)),
  control: option<string | undefined>(undefined, asGiven),
  controlAnyHost: option<boolean>(false, asGiven),
  web: option<HttpAddress | undefined>(undefined, webAddress),
  webAnyHost: option<boolean>(false, asGiven),
  startPaused: option<boolean>(false, asGiven),
  delayS: option(0, atLeast(0, LONGEST_WAIT_S)),
  topics: option([], texts),
  exclude: option([], texts),
  topicsRegex: option<string | undefined>(undefined, asGiven),
  prefix: option<string | undefined>(undefined, (value: string, name) =>
    expect.someText(name, value, 'replay.'),
  ),
  rename: option([], texts),
  /** Undefined: there is no clock. */
  clockIntervalS: option<number | undefined>(undefined, clockInterval),
  clockTopic: option('tcs_replay.clock', (value: string, name) =>
    expect.someText(name, value, 'tcs_replay.clock'),
  ),
  start: option<string | number | undefined>(undefined, asGiven),
  end: option<string | number | undefined>(undefined, asGiven),
  duration: option<string | number | undefined>(undefined, asGiven),
  night: option<string | undefined>(undefined, asGiven),
  timezone: option<string>(OBSERVATORY_ZONE, asGiven),
  fromHour: option<string | number | undefined>(undefined, asGiven),
  toHour: option<string | number | undefined>(undefined, asGiven),
  schema: option({}, (value: GivenTexts, name) => parseSchemaOverride(texts(value, name), name)),
  sleepS: option(1, atLeast(0, LONGEST_WAIT_S)),
  sortBy: option('none', oneOf(SORT_ORDERS)),
  convertNumber: option<boolean>(false, asGiven),
  convertBool: option<boolean>(false, asGiven),
  times: option('replay', oneOf(TIMES)),
  timing: option('balanced', oneOf(TIMINGS)),
  priority: option<boolean>(false, asGiven),
  format: option('json', oneOf(FORMATS)),
  onFull: option('drop', oneOf(FULL_POLICIES)),
  /** Infinity: no limit. */
  blockTimeoutS: option(Number.POSITIVE_INFINITY, above(0, LONGEST_WAIT_S)),
  highWaterMark: option(DEFAULT_HIGH_WATER_MARK, integer(0, LARGEST_INT32)),
  /** -1: no limit. */
  lingerMs: option(30_000, integer(-1, LARGEST_INT32)),
  curveKeys: option<string | undefined>(undefined, asGiven),
  curveClients: option<readonly string[] | undefined>(undefined, texts),
  workers: option(defaultWorkers(), integer(0, MOST_WORKERS)),
  reader: option('pages', oneOf(READERS)),
  busyTimeoutS: option(DEFAULT_BUSY_TIMEOUT_S, atLeast(0, LONGEST_WAIT_S)),
  /** Undefined: see `resolveOptions`. */
  batchEvents: option<number | undefined>(undefined, integer(1, MOST_BATCH_EVENTS)),
  readAheadBytes: option(16 << 20, integer(1)),
  /** Infinity: no limit. */
  limit: option(Number.POSITIVE_INFINITY, integer(1)),
  latenessByTopic: option<boolean>(false, asGiven),
  hlog: option<string | undefined>(undefined, path),
  ledger: option<string | undefined>(undefined, path),
  metrics: option<HttpAddress | undefined>(undefined, parseHttpAddress),
  failIf: option([], (value: GivenTexts, name) => parseThresholds(texts(value, name), name)),
  verbose: option<boolean>(false, asGiven),
  prepared: option<boolean>(true, asGiven),
  prepare: option<boolean>(false, asGiven),
  /** Infinity: no limit. */
  cacheLimitBytes: option(Number.POSITIVE_INFINITY, atLeast(0)),
  cacheFolder: option<string | undefined>(undefined, (value: string, name) => path(value, name, 'folder')),
} as const satisfies Record<Exclude<keyof ReplayOptions, keyof ReplayHooks>, Option<unknown>>;

export type OptionName = keyof typeof OPTIONS;

/** The values of options, by their names. */
export type OptionValues = { readonly [O in OptionName]: (typeof OPTIONS)[O]['default'] };

/**
 * The value of one option: what the user gave, checked, or the default.
 *
 * @param name what the user calls it
 * @throws TcsReplayError `BAD_OPTION`
 */
export function optionValue<O extends OptionName>(
  name: O,
  given: unknown,
  calledName: string = name,
): OptionValues[O] {
  const { default: defaultValue, check } = OPTIONS[name] as Option<unknown>;
  return (isGiven(given) ? check(given as never, calledName) : defaultValue) as OptionValues[O];
}

/**
 * Checks the options that the user gave, each by itself.
 *
 * @returns the values of these
 * @throws TcsReplayError `BAD_OPTION`
 */
export function checkEach(options: ReplayOptions, nameOf: expect.NameOf<OptionName>): Partial<OptionValues> {
  const given = (Object.keys(OPTIONS) as OptionName[]).filter((name) => isGiven(options[name]));
  return Object.fromEntries(given.map((name) => [name, optionValue(name, options[name], nameOf(name))]));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function asGiven<T>(value: T): T {
  return value;
}

function texts(value: GivenTexts, name: string): readonly string[] {
  return expect.texts(name, value);
}

function path(value: string, name: string, of: 'file' | 'folder' = 'file'): string {
  if (value === '') throw expect.badOption(name, `the path of a ${of}`, value);
  return value;
}

function oneOf<T extends string>(known: readonly T[]): (value: string, name: string) => T {
  return (value, name) => expect.oneOf(name, value, known);
}

function atLeast(least: number, most?: number): (value: GivenNumber, name: string) => number {
  return (value, name) => expect.atLeast(name, value, least, most);
}

function above(limit: number, most?: number): (value: GivenNumber, name: string) => number {
  return (value, name) => expect.above(name, value, limit, most);
}

function integer(least: number, most?: number): (value: GivenNumber, name: string) => number {
  return (value, name) => expect.integer(name, value, least, most);
}
