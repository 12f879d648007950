import type { ChartView } from './chart-view.js';

/** Most subscribers in colours; the style sheet has one less, since the sentinel has its own. */
export const MOST_COLORED = 8;

export interface Choice {
  /** Indexes of the subscribers that were clicked. */
  readonly picked: readonly number[];
  /** Part of a name; empty: any. */
  readonly filter: string;
}

/** Indexes of the subscribers whose names have what was typed in them, in the order in which they are shown. */
export function matching({ subscribers, order }: ChartView, filter: string): number[] {
  const wanted = filter.trim().toLowerCase();
  return order.filter((i) => subscribers[i].name.toLowerCase().includes(wanted));
}

/** Indexes of the subscribers in colours: what was picked, else what fits the filter, the worst first. The others are grey. */
export function colored(view: ChartView, { picked, filter }: Choice): number[] {
  const chosen = picked.length > 0 ? picked : matching(view, filter);
  return chosen.slice(0, MOST_COLORED);
}

/**
 * A color for each subscriber: one that was there before keeps its color.
 *
 * @param before the colors before, by subscriber
 * @returns names of custom properties of the style sheet, by subscriber
 */
export function colorsOf(
  view: ChartView,
  shown: readonly number[],
  before: ReadonlyMap<number, string>,
): Map<number, string> {
  const colors = new Map<number, string>();
  for (const i of shown) {
    const kept = view.subscribers[i].isSentinel ? 'sentinel' : before.get(i);
    if (kept !== undefined) colors.set(i, kept);
  }
  const taken = new Set(colors.values());
  const free = Array.from({ length: MOST_COLORED }, (_, i) => `line-${i + 1}`).filter(
    (name) => !taken.has(name),
  );
  for (const i of shown) if (!colors.has(i)) colors.set(i, free.shift() ?? 'ink');
  return colors;
}
