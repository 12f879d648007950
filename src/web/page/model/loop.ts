import { effect, signal } from '@preact/signals';
import { repeatFrom } from './orders.js';
import { positionS, status } from './standing.js';
import { range } from './window.js';

/** Whether the marked range is played again and again. This page sees to it, as long as it is open. */
export const isLooping = signal(false);

export function followLoop(): void {
  let isSeeking = false;
  effect(() => {
    const span = range.value;
    if (span === undefined) isLooping.value = false;
    const at = positionS.value;
    if (!isLooping.value || span === undefined || at === null || isSeeking) return;
    if (status.value?.state !== 'playing' || (at >= span.fromS - MARGIN_S && at < span.toS)) return;
    isSeeking = true;
    void repeatFrom(span.fromS).then((isDone) => {
      isSeeking = false;
      if (!isDone) isLooping.value = false;
    });
  });
}

/** A jump ends at the last event before its time. */
const MARGIN_S = 60;
