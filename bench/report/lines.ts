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

/** Number of shades of each subject in the style sheet: cool ones are ours, warm ones the model's, greys the machine's. */
const SHADES: Readonly<Record<Subject, number>> = { ours: 6, peer: 3, limit: 3 };

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

/** The styles of the lines of a chart. A line has a shade of the colour of its subject, which no other subject has. */
export function lineStyles(
  lines: readonly { readonly name: string; readonly subject: Subject }[],
): LineStyle[] {
  const counts = { ours: 0, peer: 0, limit: 0 };
  return lines.map(({ name, subject }) => {
    const index = counts[subject]++;
    const shade = index % SHADES[subject];
    // When a subject has more lines than shades, dashes distinguish lines of the same shade.
    const again = Math.floor(index / SHADES[subject]) % DASHES.length;
    const dash = again === 0 ? SUBJECTS[subject].dash : DASHES[again];
    const { color } = SUBJECTS[subject];
    return {
      name,
      color: shade === 0 ? color : `${color}-${shade}`,
      dash,
      symbol: SYMBOLS[index % SYMBOLS.length],
    };
  });
}

/** @param hasSymbols whether points are marked; a single one always is, since no line leads to it */
export function line(
  style: LineStyle,
  points: readonly LinePoint[],
  hasSymbols: boolean,
): { [name: string]: Json } {
  return {
    ...{
      type: 'line',
      name: style.name,
      symbol: style.symbol,
      symbolSize: 8,
      showSymbol: hasSymbols || points.length === 1,
    },
    itemStyle: { color: color(style.color) },
    lineStyle: { color: color(style.color), type: style.dash, width: 2 },
    data: points.map(({ at, head, tip }) => ({ value: [...at], head, tip: [tip] })),
  };
}

export function legendEntry({ name, color, dash, symbol }: LineStyle, hasSymbols: boolean): LegendEntry {
  return { name, color, line: { dash, symbol: hasSymbols ? symbol : null } };
}
