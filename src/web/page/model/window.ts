import { computed, signal } from '@preact/signals';
import { extent } from './night.js';
import { positionS, status } from './standing.js';

/** A stretch of recorded time, in Unix seconds. */
export interface Span {
  readonly fromS: number;
  readonly toS: number;
}

/** The shortest window, in seconds. */
const LEAST_S = 0.05;

const zoomed = signal<Span | undefined>(undefined);

/** All that is played; undefined: times are not known. */
export const whole = computed<Span | undefined>(() => {
  if (extent.value === undefined) return undefined;
  const { firstS, lastS } = extent.value;
  const marginS = Math.max((lastS - firstS) / 400, LEAST_S);
  return { fromS: firstS - marginS, toS: lastS + marginS };
});

/** What the timeline and the plots show. */
export const shown = computed(() => zoomed.value ?? whole.value);
export const isZoomed = computed(() => zoomed.value !== undefined);

/** What the user has marked; undefined: nothing. */
export const range = signal<Span | undefined>(undefined);

/** The recorded time at the pointer; null: it is elsewhere. */
export const cursorS = signal<number | null>(null);

/** Shows a stretch, moved to where there is something to see; undefined: all. */
export function show(span: Span | undefined): void {
  const all = whole.value;
  if (span === undefined || all === undefined) {
    zoomed.value = undefined;
    return;
  }
  const spanS = Math.max(span.toS - span.fromS, LEAST_S);
  if (spanS >= all.toS - all.fromS) {
    zoomed.value = undefined;
    return;
  }
  const fromS = Math.min(Math.max(span.fromS, all.fromS), all.toS - spanS);
  zoomed.value = { fromS, toS: fromS + spanS };
}

/** @param factor below 1: closer. @param aroundS stays where it is; default: the playhead, or the middle */
export function zoom(factor: number, aroundS?: number): void {
  const span = shown.value;
  if (span === undefined) return;
  const at = positionS.value;
  const isInSight = at !== null && at >= span.fromS && at <= span.toS;
  const centerS = aroundS ?? (isInSight ? at : (span.fromS + span.toS) / 2);
  show({ fromS: centerS - (centerS - span.fromS) * factor, toS: centerS + (span.toS - centerS) * factor });
}

/** @param share of what is shown; below 0: back */
export function pan(share: number): void {
  const span = shown.value;
  if (span === undefined) return;
  const byS = (span.toS - span.fromS) * share;
  show({ fromS: span.fromS + byS, toS: span.toS + byS });
}

/** Marks from the playhead on, or up to it. */
export function markAtPlayhead(edge: 'start' | 'end'): void {
  const all = whole.value;
  const at = positionS.value;
  if (at === null || all === undefined) return;
  const { fromS, toS } = range.value ?? all;
  if (edge === 'start') range.value = { fromS: at, toS: toS > at ? toS : all.toS };
  else range.value = { fromS: fromS < at ? fromS : all.fromS, toS: at };
}

let lastS: number | null = null;

/** Turns the page where the playhead leaves what is shown by going on. Call this with each change of the position. */
export function followPlayhead(): void {
  const span = zoomed.peek();
  const at = positionS.value;
  const wasInSight = span !== undefined && lastS !== null && lastS >= span.fromS && lastS <= span.toS;
  lastS = at;
  if (!wasInSight || at === null || at <= span.toS || status.peek()?.state !== 'playing') return;
  const spanS = span.toS - span.fromS;
  show({ fromS: at - spanS / 20, toS: at + spanS * 0.95 });
}
