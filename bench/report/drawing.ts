/** What the page's script needs to draw a chart: an ECharts option as JSON. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A value that JSON cannot hold: the name of one of the script's functions, and its argument. */
export interface Call extends Readonly<Record<string, Json>> {
  readonly $: 'color' | 'ticks' | 'number' | 'tip' | 'rowRange' | 'columnRange';
  readonly of: Json;
}

export interface Drawing {
  readonly option: Json;
  /** Changes to the option on wide and on narrow pages. */
  readonly wide: Json;
  readonly narrow: Json;
  readonly heightPx: { readonly wide: number; readonly narrow: number };
  readonly legend: readonly LegendEntry[];
  /** A sentence about how to read the chart. */
  readonly reading: string;
}

export const DASHES = ['solid', 'dashed', 'dotted'] as const;
export type Dash = (typeof DASHES)[number];
export const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond'] as const;
export type PointSymbol = (typeof SYMBOLS)[number];

export interface LegendEntry {
  readonly name: string;
  /** Name of a custom property of the style sheet. */
  readonly color: string;
  /** Undefined: a filled area. */
  readonly line?: { readonly dash: Dash; readonly symbol: PointSymbol | null };
}

const FONT_SIZE_PX = 12;
/** Wider than most characters of a system font at that size. */
export const LETTER_PX = 6.6;

export function color(name: string): Call {
  return { $: 'color', of: name };
}

/** Settings of all charts. */
export function frame(): { readonly [name: string]: Json } {
  return {
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif', fontSize: FONT_SIZE_PX, color: color('ink') },
  };
}

/** A tooltip that lists all values at one position of the axis. */
export function tooltip(pointer: 'line' | 'shadow'): Json {
  return {
    trigger: 'axis',
    confine: true,
    axisPointer: { type: pointer, label: { show: false }, lineStyle: { color: color('faint') } },
    backgroundColor: color('surface'),
    borderColor: color('line'),
    textStyle: { color: color('ink'), fontSize: FONT_SIZE_PX },
    formatter: { $: 'tip', of: null },
  };
}

/** The title of a vertical axis, above it. */
export function axisTitle(text: string, top: number): Json {
  const textStyle = { fontSize: FONT_SIZE_PX, lineHeight: 18, fontWeight: 'normal', color: color('muted') };
  return { text, left: 0, top, padding: 0, textStyle };
}
