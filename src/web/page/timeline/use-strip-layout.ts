import { type ReadonlySignal, type Signal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { binsWanted, stripIds } from '../model/strip.js';
import { listedIds } from '../model/topic-rows.js';
import { shown } from '../model/window.js';
import { useSize } from '../use-size.js';
import { ROW_HEIGHT, type StripPlace } from './draw-strip.js';

const MOST_ROWS = 16;
const MOST_BINS = 2000;
/** In CSS pixels: a narrower strip has a narrower column of names. */
const NARROW = 600;
const [NARROW_NAMES, WIDE_NAMES] = [92, 208];

/** Which part of the activity has its place on the page. */
export interface StripLayout {
  /** Undefined: there is no place for it, or no time to show. */
  readonly place: ReadonlySignal<StripPlace | undefined>;
  /** Rows that are shown at a time. */
  readonly rowCount: ReadonlySignal<number>;
  /** The topics in sight, and the number of those above them. */
  readonly inSight: ReadonlySignal<{ readonly first: number; readonly ids: readonly number[] }>;
  /** In CSS pixels. */
  readonly scrollTop: Signal<number>;
}

/** Follows the size of an element and the topics that are listed, and asks for the activity that is shown. */
export function useStripLayout(box: { readonly current: HTMLElement | null }): StripLayout {
  const size = useSize(box);
  const scrollTop = useSignal(0);
  const place = useComputed<StripPlace | undefined>(() => {
    const { width } = size.value;
    const left = width < NARROW ? NARROW_NAMES : WIDE_NAMES;
    return shown.value === undefined || width <= left ? undefined : { width, left, span: shown.value };
  });
  const rowCount = useComputed(() => Math.min(MOST_ROWS, listedIds.value.length));
  const inSight = useComputed(() => {
    const first = Math.floor(scrollTop.value / ROW_HEIGHT);
    return { first, ids: listedIds.value.slice(first, first + rowCount.value + 1) };
  });
  useSignalEffect(() => {
    if (place.value !== undefined)
      binsWanted.value = Math.min(MOST_BINS, Math.round(place.value.width - place.value.left));
  });
  useSignalEffect(() => {
    stripIds.value = inSight.value.ids;
  });
  return { place, rowCount, inSight, scrollTop };
}
