import type { PayloadFormat } from './batch.js';
import { checkControl } from './control/control-address.js';
import { readServerKeys, type ServerKeys } from './curve/server-keys.js';
import { parseSchemaOverride, type SchemaOverride } from './database/schema-override.js';
import { defaultWorkers } from './decoder-pool.js';
import type { Rate } from './even-pace.js';
import * as expect from './expect.js';
import type { LatePolicy } from './late-policy.js';
import { parseReport, type Report, type ReportOptions } from './measure/report-options.js';
import type { OnPreparation } from './preparation.js';
import type { Times } from './schedule.js';
import { parseSelection, type Selection, type SelectionOptions } from './selection/selection.js';
import type { SortBy } from './sort-by.js';
import type { ReplayProgress } from './tally.js';
import type { Timing } from './timing.js';
import { type TopicFilter, topicFilter } from './topic-filter.js';

/** What to replay, where to, and how. Everything has a default. */
export interface ReplayOptions extends SelectionOptions, ReportOptions {
  /**
   * SQLite databases, folders with them, or patterns of their names: all are merged by time. None: a mock event is sent
   * again and again.
   */
  databases?: string | readonly string[];
  /** Addresses that the socket is bound to. Default: `tcp://127.0.0.1:5556`, or none where `connect` is given. */
  url?: string | readonly string[];
  /** Addresses that the socket is connected to, such as a proxy's XSUB. Default: none. */
  connect?: string | readonly string[];
  /** Seconds to wait after the socket is there, so that subscribers can connect. 0 or more; default 1. */
  waitSetupS?: number;
  /** Subscribers to wait for after that. 0 or more; default 0. */
  waitSubscribers?: number;
  /** Seconds after which the replay fails where there are fewer: `NO_SUBSCRIBERS`. Above 0; default 60. */
  waitTimeoutS?: number;
  /** Begin again when the databases end, without end. Default false. */
  serveForever?: boolean;
  /** How often the databases are played. 1 or more; default 1. */
  loop?: number;
  /** Seconds to wait between passes. 0 or more; default 0. */
  loopDelayS?: number;
  /** Send the last event of each topic from before the start first, as a subscriber would know it. Default false. */
  prime?: boolean;
  /** Silences that are longer, in recorded seconds, are cut to this. 0 or more; default: none is cut. */
  maxGapS?: number;
  /** Above 1 fast-forwards, below 1 slows down; `max`, or Infinity, sends as fast as possible. Above 0; default 1. */
  speedup?: number | 'max';
  /**
   * Send evenly, whatever was recorded: so many events a second, or bytes of topics and payloads where a unit is given,
   * `10MB`. Above 0; default: as recorded. Not with a `speedup`, but for `max`, which is the same, and not with `maxGapS`.
   */
  rate?: number | string;
  /** With `rate`: send so many events together. 1 or more; default 1. */
  burst?: number;
  /**
   * What becomes of events that are later than `lateAfterMs`: `catch-up` sends them all at once, `shift` moves the plan so
   * that they are on time, `drop` does not send them, `abort` ends the replay. Default `catch-up`.
   */
  onLate?: LatePolicy;
  /** How late an event may be before that, in milliseconds. 0 or more; default 50. */
  lateAfterMs?: number;
  /**
   * Address of a socket that other processes drive the replay by, as docs/control.md says: `tcp://127.0.0.1:5557`,
   * `ipc:///tmp/control`. Default: none.
   */
  control?: string;
  /** Let `control` be an address that other hosts reach: whoever does drives the replay. Default false. */
  controlAnyHost?: boolean;
  /** Begin paused. Default false. */
  startPaused?: boolean;
  /** Seconds to wait before the first event, when all else is ready. 0 or more; default 0. */
  delayS?: number;
  /** Topics to send: names, or patterns in which `*` is any text and `?` any character. Default: all. */
  topics?: string | readonly string[];
  /**
   * Names of tables and columns, where they are not found by themselves: `event.topic=subject,attribute.key=parameter`.
   * The words are listed in docs/database.md. Default: none.
   */
  schema?: string | readonly string[];
  /** Topics never to send, whatever else says so, in the same forms. Default: none. */
  exclude?: string | readonly string[];
  /** A regular expression of JavaScript, with the flag `u`, of topics to send besides `topics`. Default: none. */
  topicsRegex?: string;
  /** Seconds between mock events. 0 or more; default 1. */
  sleepS?: number;
  /** Order of the events. Default `none`: that of the event table. */
  sortBy?: SortBy;
  /** Send values of type number as JSON numbers, where they are numbers. Default false. */
  convertNumber?: boolean;
  /** Send values of type boolean as JSON booleans, where they are `true` or `false`. Default false. */
  convertBool?: boolean;
  /** Times in payloads: `replay` as the reference rewrites them, `now` as of the send, `original`. Default `replay`. */
  times?: Times;
  /** How exactly events are sent when they are due, and at what cost: see docs/timing.md. Default `balanced`. */
  timing?: Timing;
  /** How payloads are encoded. Default `json`. */
  format?: PayloadFormat;
  /** Messages queued for each subscriber before further ones are dropped for it; 0: no limit. Default 200,000. */
  highWaterMark?: number;
  /** Milliseconds that queued messages are kept for slow subscribers at the end; -1: no limit. Default 30,000. */
  lingerMs?: number;
  /**
   * File of a CURVE certificate with its secret key, as `tcs-replay keygen` makes it: events are encrypted, and only who
   * knows its public key gets them. Default: everybody does.
   */
  curveKeys?: string;
  /** With `curveKeys`: certificates of clients, and folders of such (`*.key`). Only these get events. Default: no limit. */
  curveClients?: string | readonly string[];
  /** Threads that decode. 0: the main thread does it, between sends; to 64. Default: one a core, at most 4. */
  workers?: number;
  /** Events that are read and decoded in one go. 1 to 65,536; default 1024. The first ones are fewer. */
  batchEvents?: number;
  /** Most bytes of decoded events that wait to be sent. Default 16 MiB. */
  readAheadBytes?: number;
  /** Stop after so many events. 1 or more; default: no limit. */
  limit?: number;
  /** Ends the replay when it is aborted: cleanly, and with an outcome. */
  signal?: AbortSignal;
  /** Is called a few times a second. */
  onProgress?: (progress: ReplayProgress) => void;
  /** Is called a few times a second while something is made that a database is read with, such as a missing index. */
  onPreparation?: OnPreparation;
  /** Tell `onNotice` how each database was understood, too. Default false. */
  verbose?: boolean;
  /** Is told in a sentence what was passed over, such as a file in a folder that holds no events. */
  onNotice?: (notice: string) => void;
  /** Folder where such things are kept for the next time. Default: `tcs-replay` in the user's cache folder. */
  cacheFolder?: string;
}

/** Options after defaults were filled in and values checked. */
export interface ResolvedOptions extends Report {
  readonly databases: readonly string[];
  readonly bind: readonly string[];
  readonly connect: readonly string[];
  readonly waitSetupS: number;
  readonly waitSubscribers: number;
  readonly waitTimeoutS: number;
  /** Infinity: without end. */
  readonly loop: number;
  readonly loopDelayS: number;
  readonly schema: SchemaOverride;
  readonly verbose: boolean;
  readonly cacheFolder: string | undefined;
  readonly prime: boolean;
  /** What part of the recorded time is played; undefined: all of it. */
  readonly selection: Selection | undefined;
  /** Infinity: none is cut. */
  readonly maxGapS: number;
  /** Infinity: flat out. */
  readonly speedup: number;
  /** Undefined: as recorded. */
  readonly rate: Rate | undefined;
  readonly burst: number;
  readonly onLate: LatePolicy;
  readonly lateAfterMs: number;
  /** Undefined: there is no control socket. */
  readonly control: string | undefined;
  readonly startPaused: boolean;
  readonly delayS: number;
  /** Undefined: all topics are sent. */
  readonly filter: TopicFilter | undefined;
  readonly sleepS: number;
  readonly sortBy: SortBy;
  readonly convertNumber: boolean;
  readonly convertBool: boolean;
  readonly times: Times;
  readonly timing: Timing;
  readonly format: PayloadFormat;
  readonly highWaterMark: number;
  readonly lingerMs: number;
  /** Undefined: without encryption. */
  readonly curve: ServerKeys | undefined;
  readonly workers: number;
  readonly batchEvents: number;
  readonly readAheadBytes: number;
  /** Infinity: no limit. */
  readonly limit: number;
}

export const DEFAULT_URL = 'tcp://127.0.0.1:5556';
export const DEFAULT_WAIT_SETUP_S = 1;
export const DEFAULT_WAIT_TIMEOUT_S = 60;
export const DEFAULT_SLEEP_S = 1;
/** Enough that a task's way to a thread and back does not count. */
export const DEFAULT_BATCH_EVENTS = 1024;
const MOST_BATCH_EVENTS = 65_536;
export const DEFAULT_READ_AHEAD_BYTES = 16 << 20;
/**
 * ZeroMQ's own 1000 drops most of a burst before an idle subscriber has read it. This takes up what a publisher sends at
 * its highest rate in most of a second, for a subscriber that is held up. One that has stopped costs as many messages:
 * 180 MB, measured with events of 400 bytes.
 */
export const DEFAULT_HIGH_WATER_MARK = 200_000;
export const DEFAULT_TIMING: Timing = 'balanced';
export const DEFAULT_LINGER_MS = 30_000;

export const DEFAULT_LATE_AFTER_MS = 50;

export const LATE_POLICIES: readonly LatePolicy[] = ['catch-up', 'shift', 'drop', 'abort'];
export const SORT_ORDERS: readonly SortBy[] = ['none', '__data_time', '__wire_time'];
export const TIMES: readonly Times[] = ['replay', 'now', 'original'];
export const TIMINGS: readonly Timing[] = ['precise', 'balanced', 'eco'];
export const FORMATS: readonly PayloadFormat[] = ['json', 'msgpack'];

const MOST_WORKERS = 64;
/** 23 days: Node's timers are 31 bits of milliseconds wide. */
const LONGEST_WAIT_S = 2_000_000;
/** ZeroMQ's options are 32 bits wide. */
const LARGEST_INT32 = 2 ** 31 - 1;

/**
 * The check of each option that has a range: takes what a user gave, as text or typed, and the name by which the user
 * knows the option. Each throws `BAD_OPTION`.
 */
export const CHECKS = {
  waitSetupS: (value: number | string, name = 'waitSetupS') => expect.atLeast(name, value, 0, LONGEST_WAIT_S),
  waitSubscribers: (value: number | string, name = 'waitSubscribers') =>
    expect.integer(name, value, 0, LARGEST_INT32),
  waitTimeoutS: (value: number | string, name = 'waitTimeoutS') =>
    expect.above(name, value, 0, LONGEST_WAIT_S),
  speedup: (value: number | string, name = 'speedup') => expect.speedup(name, value),
  sleepS: (value: number | string, name = 'sleepS') => expect.atLeast(name, value, 0, LONGEST_WAIT_S),
  idleTimeoutS: (value: number | string, name = 'idleTimeoutS') =>
    expect.above(name, value, 0, LONGEST_WAIT_S),
  sortBy: (value: string, name = 'sortBy') => expect.oneOf(name, value, SORT_ORDERS),
  times: (value: string, name = 'times') => expect.oneOf(name, value, TIMES),
  timing: (value: string, name = 'timing') => expect.oneOf(name, value, TIMINGS),
  format: (value: string, name = 'format') => expect.oneOf(name, value, FORMATS),
  highWaterMark: (value: number | string, name = 'highWaterMark') =>
    expect.integer(name, value, 0, LARGEST_INT32),
  lingerMs: (value: number | string, name = 'lingerMs') => expect.integer(name, value, -1, LARGEST_INT32),
  workers: (value: number | string, name = 'workers') => expect.integer(name, value, 0, MOST_WORKERS),
  batchEvents: (value: number | string, name = 'batchEvents') =>
    expect.integer(name, value, 1, MOST_BATCH_EVENTS),
  limit: (value: number | string, name = 'limit') => expect.integer(name, value, 1),
  loop: (value: number | string, name = 'loop') => expect.integer(name, value, 1),
  loopDelayS: (value: number | string, name = 'loopDelayS') => expect.atLeast(name, value, 0, LONGEST_WAIT_S),
  rate: (value: number | string, name = 'rate') => expect.rate(name, value),
  burst: (value: number | string, name = 'burst') => expect.integer(name, value, 1),
  onLate: (value: string, name = 'onLate') => expect.oneOf(name, value, LATE_POLICIES),
  lateAfterMs: (value: number | string, name = 'lateAfterMs') => expect.atLeast(name, value, 0),
  delayS: (value: number | string, name = 'delayS') => expect.atLeast(name, value, 0, LONGEST_WAIT_S),
  maxGapS: (value: number | string, name = 'maxGapS') => expect.atLeast(name, value, 0),
} as const;

/**
 * Fills in defaults, checks every value and reads keys.
 *
 * @throws TcsReplayError `BAD_OPTION`: which option, what was expected, what was found; `NO_SUCH_FILE`: of keys
 */
export function resolveOptions(options: ReplayOptions): ResolvedOptions {
  const connect = expect.texts('connect', options.connect ?? []);
  const databases = expect.texts('databases', options.databases ?? []);
  checkPace(options);
  const rate = options.rate === undefined ? undefined : CHECKS.rate(options.rate);
  // Of a rate there is one times it; mock events have a pace of their own.
  const speedup = rate !== undefined || databases.length === 0 ? 1 : CHECKS.speedup(options.speedup ?? 1);
  return {
    databases,
    bind: expect.texts('url', options.url ?? (connect.length > 0 ? [] : DEFAULT_URL)),
    connect,
    waitSetupS: CHECKS.waitSetupS(options.waitSetupS ?? DEFAULT_WAIT_SETUP_S),
    waitSubscribers: CHECKS.waitSubscribers(options.waitSubscribers ?? 0),
    waitTimeoutS: CHECKS.waitTimeoutS(options.waitTimeoutS ?? DEFAULT_WAIT_TIMEOUT_S),
    loop: options.serveForever === true ? Number.POSITIVE_INFINITY : CHECKS.loop(options.loop ?? 1),
    loopDelayS: CHECKS.loopDelayS(options.loopDelayS ?? 0),
    prime: options.prime ?? false,
    schema: parseSchemaOverride(expect.texts('schema', options.schema ?? [])),
    verbose: options.verbose ?? false,
    cacheFolder: options.cacheFolder,
    selection: parseSelection(options),
    maxGapS: options.maxGapS === undefined ? Number.POSITIVE_INFINITY : CHECKS.maxGapS(options.maxGapS),
    speedup,
    rate,
    burst: CHECKS.burst(options.burst ?? 1),
    onLate: CHECKS.onLate(options.onLate ?? 'catch-up'),
    lateAfterMs: CHECKS.lateAfterMs(options.lateAfterMs ?? DEFAULT_LATE_AFTER_MS),
    control: checkControl(options),
    startPaused: options.startPaused ?? false,
    delayS: CHECKS.delayS(options.delayS ?? 0),
    filter: topicFilter({
      topics: expect.texts('topics', options.topics ?? []),
      exclude: expect.texts('exclude', options.exclude ?? []),
      regex: options.topicsRegex,
    }),
    sleepS: CHECKS.sleepS(options.sleepS ?? DEFAULT_SLEEP_S),
    sortBy: CHECKS.sortBy(options.sortBy ?? 'none'),
    convertNumber: options.convertNumber ?? false,
    convertBool: options.convertBool ?? false,
    times: CHECKS.times(options.times ?? 'replay'),
    timing: CHECKS.timing(options.timing ?? DEFAULT_TIMING),
    format: CHECKS.format(options.format ?? 'json'),
    highWaterMark: CHECKS.highWaterMark(options.highWaterMark ?? DEFAULT_HIGH_WATER_MARK),
    lingerMs: CHECKS.lingerMs(options.lingerMs ?? DEFAULT_LINGER_MS),
    curve: readServerKeys(options),
    workers: CHECKS.workers(options.workers ?? defaultWorkers()),
    batchEvents: CHECKS.batchEvents(options.batchEvents ?? DEFAULT_BATCH_EVENTS),
    readAheadBytes: expect.integer('readAheadBytes', options.readAheadBytes ?? DEFAULT_READ_AHEAD_BYTES, 1),
    limit: options.limit === undefined ? Number.POSITIVE_INFINITY : CHECKS.limit(options.limit),
    ...parseReport(options, databases.length > 0 && speedup === Number.POSITIVE_INFINITY),
  };
}

/** The options that say when events are due. */
export type PaceOptions = Pick<
  ReplayOptions,
  'speedup' | 'rate' | 'burst' | 'maxGapS' | 'onLate' | 'lateAfterMs'
>;

/**
 * Refuses options that contradict each other.
 *
 * @param nameOf what the user calls an option
 * @throws TcsReplayError `BAD_OPTION`: which, and why
 */
export function checkPace(
  { speedup = 1, rate, burst, maxGapS, onLate, lateAfterMs }: PaceOptions,
  nameOf: (option: keyof PaceOptions) => string = (option) => option,
): void {
  const refuse = (option: keyof PaceOptions, value: unknown, why: string) => {
    throw expect.badOption(nameOf(option), why, value);
  };
  const isMax = speedup === 'max' || speedup === Number.POSITIVE_INFINITY;
  if (rate === undefined) {
    if (burst !== undefined) refuse('burst', burst, `given with ${nameOf('rate')}, whose events it bundles`);
    if (isMax && onLate !== undefined) {
      refuse('onLate', onLate, `absent flat out, where an event is due when it is sent and never late`);
    }
    if (isMax && lateAfterMs !== undefined) {
      refuse(
        'lateAfterMs',
        lateAfterMs,
        `absent flat out, where an event is due when it is sent and never late`,
      );
    }
    return;
  }
  if (!isMax && Number(speedup) !== 1) {
    refuse('speedup', speedup, `absent, or max, with ${nameOf('rate')}, which sends evenly, not as recorded`);
  }
  if (maxGapS !== undefined) {
    refuse('maxGapS', maxGapS, `absent with ${nameOf('rate')}, with which there is no silence`);
  }
}
