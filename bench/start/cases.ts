import type { SortBy } from '../../src/database/order/sort-by.js';
import { atLevel, type Settings } from '../settings.js';
import type { CacheState } from './trial.js';

/** What is started, and the state that it finds. */
export interface StartCase {
  readonly events: number;
  readonly order: SortBy;
  readonly hasIndex: boolean;
  /** Whether the ids of events are texts. Default false. */
  readonly hasTextIds?: boolean;
  readonly cache: CacheState;
}

/** The order of play, and what the database is like. */
type Way = Pick<StartCase, 'order' | 'hasIndex' | 'hasTextIds'>;

const MOST_EVENTS = { quick: 20_000, default: 200_000, full: 1_000_000 };
/** Numbers of events as shares of the largest one. */
const SHARES = { quick: [1], default: [1 / 10, 1], full: [1 / 10, 1] };
/** The ways that need the least preparation before the first event, and the most. */
const EXTREMES: readonly Way[] = [
  { order: 'none', hasIndex: true },
  { order: '__wire_time', hasIndex: false },
];

/** A prepared file is the same whatever its database is like. */
const PREPARED_WAY: Way = { order: 'none', hasIndex: true };

/** The different numbers of events, in ascending order. */
export function sizesOf({ level, events }: Pick<Settings, 'level' | 'events'>): readonly number[] {
  const most = events ?? atLevel(level, MOST_EVENTS);
  return [...new Set(atLevel(level, SHARES).map((share) => Math.max(2, Math.round(share * most))))];
}

const TEXT_IDS: Way = { order: 'none', hasIndex: true, hasTextIds: true };

/** All nights are measured cold; the largest also with a kept cache, with texts for ids, and prepared. */
export function startCases(settings: Pick<Settings, 'level' | 'events'>): readonly StartCase[] {
  const sizes = sizesOf(settings);
  return sizes.flatMap((events, i): readonly StartCase[] => {
    const isLargest = i === sizes.length - 1;
    const states: readonly CacheState[] = isLargest ? ['cold', 'kept'] : ['cold'];
    const cases = waysOf(settings, isLargest).flatMap((way) =>
      states.map((cache) => ({ events, ...way, cache })),
    );
    if (!isLargest || settings.level === 'quick') return cases;
    return [...cases, { events, ...TEXT_IDS, cache: 'cold' }, { events, ...PREPARED_WAY, cache: 'prepared' }];
  });
}

/** The two times behave alike, so the data time is measured with the largest night only. */
function waysOf({ level }: Pick<Settings, 'level'>, isLargest: boolean): readonly Way[] {
  if (level === 'quick') return EXTREMES;
  const orders: readonly SortBy[] =
    level === 'full' && isLargest ? ['none', '__wire_time', '__data_time'] : ['none', '__wire_time'];
  return orders.flatMap((order) => [true, false].map((hasIndex) => ({ order, hasIndex })));
}

/** For example `200000 events, __wire_time, no index, cold`. */
export function idOf({ events, cache, ...way }: StartCase): string {
  return [`${events} events`, wayOf(way), cache].join(', ');
}

/** For example `__wire_time, no index`. */
export function wayOf({ order, hasIndex, hasTextIds = false }: Way): string {
  return `${order}, ${hasIndex ? 'index' : 'no index'}${hasTextIds ? ', text ids' : ''}`;
}
