import { computed, effect } from '@preact/signals';
import { link } from '../connection/link.js';
import { kept } from './kept.js';
import { type Attribute, PlotSeries } from './plot-series.js';

export type { Attribute };

/** More are not legible, and each costs the server. */
export const MOST_PLOTS = 12;

/** The attributes that are plotted, in their order. */
export const plotted = kept<readonly Attribute[]>('plots', [], isAttributes);

const series = new Map<string, PlotSeries>();

/** The history of each plotted attribute. */
export const plots = computed(() =>
  plotted.value.map((of) => {
    const key = keyOf(of);
    const made = series.get(key) ?? new PlotSeries(of);
    series.set(key, made);
    return { of, key, series: made };
  }),
);

export function keyOf({ topic, attribute }: Attribute): string {
  return JSON.stringify([topic, attribute]);
}

export function isPlotted(of: Attribute): boolean {
  return plotted.value.some((each) => keyOf(each) === keyOf(of));
}

/** @returns whether there is room for it */
export function addPlot(of: Attribute): boolean {
  if (isPlotted(of)) return true;
  if (plotted.value.length >= MOST_PLOTS) return false;
  plotted.value = [...plotted.value, of];
  return true;
}

export function removePlot(of: Attribute): void {
  plotted.value = plotted.value.filter((each) => keyOf(each) !== keyOf(of));
}

export function followPlots(): void {
  link.on('tails', ({ tails }) => {
    for (const tail of tails) series.get(keyOf(tail))?.addTail(tail);
  });
  effect(() => {
    const keys = new Set(plotted.value.map(keyOf));
    for (const [key, each] of series) {
      if (keys.has(key)) continue;
      each.stop();
      series.delete(key);
    }
  });
}

function isAttributes(value: unknown): value is readonly Attribute[] {
  return (
    Array.isArray(value) &&
    value.every((each) => typeof each?.topic === 'string' && typeof each?.attribute === 'string')
  );
}
