import { signal } from '@preact/signals';
import type { History, RunPoint } from '../../protocol.js';
import { link } from '../connection/link.js';
import { getJson, RefusedError } from '../connection/session.js';

/** As many as the server keeps: an hour. */
const MOST_POINTS = 3600;

/** How the replay ran, second by second; the newest last. */
export const runPoints = signal<readonly RunPoint[]>([]);

/** Reads what was before this page was opened. */
export async function readHistory(): Promise<void> {
  try {
    const { points } = await getJson<History>('/api/history');
    const lastMs = points.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    runPoints.value = [...points, ...runPoints.peek().filter(({ atMs }) => atMs > lastMs)].slice(
      -MOST_POINTS,
    );
  } catch (error) {
    // The night's own request tells it.
    if (!(error instanceof RefusedError)) throw error;
  }
}

export function followRun(): void {
  link.on('run', ({ point }) => {
    const points = runPoints.peek();
    const lastMs = points.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    if (point.atMs > lastMs) runPoints.value = [...points.slice(1 - MOST_POINTS), point];
  });
}
