import type { SortBy } from '../../src/database/order/order.js';
import { atLevel, type Settings } from '../settings.js';
import type { CacheState } from './trial.js';

/** What is started, and from what state. */
export interface StartCase {
  readonly events: number;
  readonly order: SortBy;
  readonly hasIndex: boolean;
  readonly cache: CacheState;
}

/** In which order, and with what help of the database. */
type Way = Pick<StartCase, 'order' | 'hasIndex'>;

const MOST_EVENTS = { quick: 20_000, default: 200_000, full: 400_000 };
/** Parts of the largest night that nights have events. */
const SHARES = { quick: [1], default: [1 / 10, 1], full: [1 / 10, 1] };
/** Those in which the least must be made before the first event, and the most. */
const EXTREMES: readonly Way[] = [
  { order: 'none', hasIndex: true },
  { order: '__wire_time', hasIndex: false },
];

/** From the smallest number of events to the largest; each once. */
export function sizesOf({ level, events }: Pick<Settings, 'level' | 'events'>): readonly number[] {
  const most = events ?? atLevel(level, MOST_EVENTS);
  return [...new Set(atLevel(level, SHARES).map((share) => Math.max(2, Math.round(share * most))))];
}

/** All are measured cold; of the largest nights, what was kept from a run before is measured too. */
export function startCases(settings: Pick<Settings, 'level' | 'events'>): readonly StartCase[] {
  const sizes = sizesOf(settings);
  return sizes.flatMap((events, i) => {
    const isLargest = i === sizes.length - 1;
    const states: readonly CacheState[] = isLargest ? ['cold', 'kept'] : ['cold'];
    return waysOf(settings, isLargest).flatMap((way) => states.map((cache) => ({ events, ...way, cache })));
  });
}

/** One of the two times is like the other: the data time is looked at in the largest night alone. */
function waysOf({ level }: Pick<Settings, 'level'>, isLargest: boolean): readonly Way[] {
  if (level === 'quick') return EXTREMES;
  const orders: readonly SortBy[] =
    level === 'full' && isLargest ? ['none', '__wire_time', '__data_time'] : ['none', '__wire_time'];
  return orders.flatMap((order) => [true, false].map((hasIndex) => ({ order, hasIndex })));
}

/** As in `200000 events, __wire_time, no index, cold`. */
export function idOf({ events, order, hasIndex, cache }: StartCase): string {
  return [`${events} events`, wayOf({ order, hasIndex }), cache].join(', ');
}

/** As in `__wire_time, no index`. */
export function wayOf({ order, hasIndex }: Way): string {
  return `${order}, ${hasIndex ? 'index' : 'no index'}`;
}
