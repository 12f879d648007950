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

/** A line that can be clicked. A point between two gaps is a dot. */
export function line(points: readonly Point[], { color: name, width, z, dash = 'solid' }: LineStyle): object {
  const paint = color(name);
  const data = points.map((point, i) =>
    point[1] !== null && isGap(points[i - 1]) && isGap(points[i + 1])
      ? { value: point, symbol: 'circle', symbolSize: width + 2 }
      : point,
  );
  return {
    ...{
      type: 'line',
      data,
      z,
      showSymbol: true,
      showAllSymbol: true,
      symbol: 'none',
      triggerLineEvent: true,
    },
    ...{ lineStyle: { color: paint, width, type: dash }, itemStyle: { color: paint } },
    // Otherwise the cursor would make all lines thicker.
    emphasis: { disabled: true },
  };
}

function isGap(point: Point | undefined): boolean {
  return point === undefined || point[1] === null;
}
