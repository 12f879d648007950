/** What the page's script needs to draw a chart: an option of ECharts as JSON. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What JSON cannot hold stands as the name of one of the script's functions, and what it is given. */
export interface Call extends Readonly<Record<string, Json>> {
  readonly $: 'color' | 'ticks' | 'number' | 'tip' | 'rowRange' | 'columnRange';
  readonly of: Json;
}

export interface Drawing {
  readonly option: Json;
  /** Changes to it where there is room, and where there is not. */
  readonly wide: Json;
  readonly narrow: Json;
  readonly heightPx: { readonly wide: number; readonly narrow: number };
  readonly legend: readonly LegendEntry[];
  /** What is drawn how, in a sentence. */
  readonly reading: string;
}

export const DASHES = ['solid', 'dashed', 'dotted'] as const;
export type Dash = (typeof DASHES)[number];
export const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond'] as const;
export type PointSymbol = (typeof SYMBOLS)[number];

export interface LegendEntry {
  readonly name: string;
  /** The name of a custom property of the style sheet. */
  readonly color: string;
  /** Undefined: a surface. */
  readonly line?: { readonly dash: Dash; readonly symbol: PointSymbol | null };
}

export const FONT_SIZE_PX = 12;
/** More than most letters of a system font take at that size. */
export const LETTER_PX = 6.6;

export function color(name: string): Call {
  return { $: 'color', of: name };
}

/** Of all charts. */
export function frame(): { readonly [name: string]: Json } {
  return {
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif', fontSize: FONT_SIZE_PX, color: color('ink') },
  };
}

/** Tells of all that stands at a place of an axis. */
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

/** Above an axis that stands upright: what it shows. */
export function axisTitle(text: string, top: number): Json {
  const textStyle = { fontSize: FONT_SIZE_PX, lineHeight: 18, fontWeight: 'normal', color: color('muted') };
  return { text, left: 0, top, padding: 0, textStyle };
}
