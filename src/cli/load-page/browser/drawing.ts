import { color } from './chart-style.js';

/** What a chart is drawn of. */
export interface Drawing {
  readonly option: Readonly<Record<string, unknown>>;
  /** Whose line each of its series is; undefined: of no subscriber. */
  readonly subscribers: readonly (number | undefined)[];
}

/** Null: a gap. */
export type Point = readonly [x: number, y: number | null];

export interface LineStyle {
  /** Name of a custom property of the style sheet. */
  readonly color: string;
  readonly width: number;
  /** The order in which lines cover each other. */
  readonly z: number;
  readonly dash?: 'solid' | 'dashed' | 'dotted';
}

/** A line that can be clicked. */
export function line(points: readonly Point[], { color: name, width, z, dash = 'solid' }: LineStyle): object {
  return {
    ...{ type: 'line', data: points, z, showSymbol: false, symbol: 'none', triggerLineEvent: true },
    lineStyle: { color: color(name), width, type: dash },
    // Otherwise the cursor would make all lines thicker.
    emphasis: { disabled: true },
  };
}
