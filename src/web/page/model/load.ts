import { computed, signal } from '@preact/signals';
import type { LoadCourse, LoadNow, SubscriberRow } from '../../load-protocol.js';
import { link } from '../connection/link.js';
import { kept } from './kept.js';
import { overview } from './night.js';

/** Most subscribers whose rows are shown. */
export const MOST_SUBSCRIBERS = 200;
const FIRST_SUBSCRIBERS = 25;

/** Whether the page shows a load test, which is not driven. */
export const isLoadTest = computed(() => overview.value?.mode === 'loadtest');

/** Undefined: not known yet. */
export const loadNow = signal<LoadNow | undefined>(undefined);
export const loadCourse = signal<LoadCourse | undefined>(undefined);
/** The worst subscribers first, and the number of all. */
export const subscribers = signal<{ readonly count: number; readonly rows: readonly SubscriberRow[] }>({
  count: 0,
  rows: [],
});
/** How many of them are shown. */
export const subscribersShown = kept(
  'subscribers',
  FIRST_SUBSCRIBERS,
  (value): value is number =>
    Number.isInteger(value) && (value as number) > 0 && (value as number) <= MOST_SUBSCRIBERS,
);

export function followLoad(): void {
  link.on('load', ({ now, course }) => {
    loadNow.value = now;
    if (course !== undefined) loadCourse.value = course;
  });
  link.on('subscribers', ({ count, rows }) => {
    subscribers.value = { count, rows };
  });
}

export function showMoreSubscribers(): void {
  subscribersShown.value = Math.min(MOST_SUBSCRIBERS, 2 * subscribersShown.value);
}
