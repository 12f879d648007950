import type { PayloadFormat } from '../batch/batch.js';
import type { SortBy } from '../database/order/order.js';
import { parseSchemaOverride, type SchemaOverride } from '../database/schema/schema-override.js';
import type { Rate } from '../pacing/even-pace.js';
import type { LatePolicy } from '../pacing/late-policy.js';
import type { Times } from '../pacing/schedule.js';
import type { Timing } from '../pacing/waiter.js';
import { parseSelection, type Selection } from '../selection/selection.js';
import { type TopicFilter, topicFilter } from '../selection/topic-filter.js';
import * as expect from '../shared/expect.js';
import { readServerKeys, type ServerKeys } from '../zmq/curve/server-keys.js';
import { checkPace } from './check-pace.js';
import {
  CHECKS,
  DEFAULT_BATCH_EVENTS,
  DEFAULT_HIGH_WATER_MARK,
  DEFAULT_LATE_AFTER_MS,
  DEFAULT_LINGER_MS,
  DEFAULT_READ_AHEAD_BYTES,
  DEFAULT_SLEEP_S,
  DEFAULT_TIMING,
  DEFAULT_URL,
  DEFAULT_WAIT_SETUP_S,
  DEFAULT_WAIT_TIMEOUT_S,
} from './checks.js';
import { checkControl } from './control-address.js';
import { defaultWorkers } from './default-workers.js';
import type { ReplayOptions } from './replay-options.js';
import { parseReport, type Report } from './report-options.js';

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
