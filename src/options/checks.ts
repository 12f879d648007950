import type { PayloadFormat } from '../batch/batch.js';
import type { SortBy } from '../database/order/order.js';
import type { LatePolicy } from '../pacing/late-policy.js';
import type { Times } from '../pacing/schedule.js';
import type { Timing } from '../pacing/waiter.js';
import * as expect from '../shared/expect.js';
import { rate } from './rate.js';

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
  rate: (value: number | string, name = 'rate') => rate(name, value),
  burst: (value: number | string, name = 'burst') => expect.integer(name, value, 1),
  onLate: (value: string, name = 'onLate') => expect.oneOf(name, value, LATE_POLICIES),
  lateAfterMs: (value: number | string, name = 'lateAfterMs') => expect.atLeast(name, value, 0),
  delayS: (value: number | string, name = 'delayS') => expect.atLeast(name, value, 0, LONGEST_WAIT_S),
  maxGapS: (value: number | string, name = 'maxGapS') => expect.atLeast(name, value, 0),
} as const;
