import type { Subject } from '../result.js';
import {
  color,
  DASHES,
  type Dash,
  type Json,
  type LegendEntry,
  type PointSymbol,
  SYMBOLS,
} from './drawing.js';
import { SUBJECTS } from './subjects.js';

/** The number of series colours in the style sheet. */
const COLORS = 7;

/** What distinguishes a line: its colour and the shape of its points; its dashes show the subject. */
export interface LineStyle {
  readonly name: string;
  readonly color: string;
  readonly dash: Dash;
  readonly symbol: PointSymbol;
}

export interface LinePoint {
  readonly at: readonly [x: number, y: number];
  readonly head: string;
  readonly tip: string;
}

/** @param index index of the line, from 0 */
export function lineStyle(index: number, name: string, subject: Subject): LineStyle {
  // When there are more lines than colours, dashes distinguish lines of the same colour.
  const again = Math.floor(index / COLORS) % DASHES.length;
  const dash = again === 0 ? SUBJECTS[subject].dash : DASHES[again];
  return { name, color: `series-${index % COLORS}`, dash, symbol: SYMBOLS[index % SYMBOLS.length] };
}

export function line(
  style: LineStyle,
  points: readonly LinePoint[],
  hasSymbols: boolean,
): { [name: string]: Json } {
  return {
    ...{ type: 'line', name: style.name, symbol: style.symbol, symbolSize: 8, showSymbol: hasSymbols },
    itemStyle: { color: color(style.color) },
    lineStyle: { color: color(style.color), type: style.dash, width: 2 },
    data: points.map(({ at, head, tip }) => ({ value: [...at], head, tip: [tip] })),
  };
}

export function legendEntry({ name, color, dash, symbol }: LineStyle, hasSymbols: boolean): LegendEntry {
  return { name, color, line: { dash, symbol: hasSymbols ? symbol : null } };
}
