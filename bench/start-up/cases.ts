import type { SortBy } from '../../src/sort-by.js';
import { atLevel, type Settings } from '../settings.js';
import type { CacheState } from './trial.js';

/** What is started, and from what state. */
export interface StartCase {
  readonly events: number;
  readonly order: SortBy;
  readonly hasIndex: boolean;
  readonly cache: CacheState;
}

const MOST_EVENTS = { quick: 20_000, default: 200_000, full: 1_000_000 };
/** Parts of the largest night that nights have events. */
const SHARES = { quick: [1], default: [1 / 10, 1], full: [1 / 100, 1 / 10, 1] };
/** Those in which the least must be made before the first event, and the most. */
const EXTREMES: readonly Pick<StartCase, 'order' | 'hasIndex'>[] = [
  { order: 'none', hasIndex: true },
  { order: '__wire_time', hasIndex: false },
];
const ORDERS: readonly SortBy[] = ['none', '__wire_time', '__data_time'];

/** From the smallest number of events to the largest; each once. */
export function sizesOf({ level, events }: Pick<Settings, 'level' | 'events'>): readonly number[] {
  const most = events ?? atLevel(level, MOST_EVENTS);
  return [...new Set(atLevel(level, SHARES).map((share) => Math.max(2, Math.round(share * most))))];
}

/** All are measured cold; of the largest nights, what was kept from a run before is measured too. */
export function startCases(settings: Pick<Settings, 'level' | 'events'>): readonly StartCase[] {
  const sizes = sizesOf(settings);
  const ways = waysOf(settings);
  return sizes.flatMap((events, i) =>
    ways.flatMap((way) => {
      const isLargest = i === sizes.length - 1;
      const states: readonly CacheState[] = isLargest ? ['cold', 'kept'] : ['cold'];
      return states.map((cache) => ({ events, ...way, cache }));
    }),
  );
}

function waysOf({ level }: Pick<Settings, 'level'>): readonly Pick<StartCase, 'order' | 'hasIndex'>[] {
  const orders = atLevel(level, { quick: [], default: ORDERS.slice(0, 2), full: ORDERS });
  if (orders.length === 0) return EXTREMES;
  return orders.flatMap((order) => [true, false].map((hasIndex) => ({ order, hasIndex })));
}

/** As in `200000 events, __wire_time, no index, cold`. */
export function idOf({ events, order, hasIndex, cache }: StartCase): string {
  return [`${events} events`, wayOf({ order, hasIndex }), cache].join(', ');
}

/** As in `__wire_time, no index`. */
export function wayOf({ order, hasIndex }: Pick<StartCase, 'order' | 'hasIndex'>): string {
  return `${order}, ${hasIndex ? 'index' : 'no index'}`;
}
