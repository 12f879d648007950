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

/** As many as the style sheet has. */
const COLORS = 7;

/** How a line is told from the others: by its colour, by the shape of its points, and whose it is by its dashes. */
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

/** @param index which line it is, from 0 */
export function lineStyle(index: number, name: string, subject: Subject): LineStyle {
  // Of so many lines that colours come again, dashes tell the second from the first.
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
