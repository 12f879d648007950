const BARS = '▁▂▃▄▅▆▇█';

/** Numbers as a line of bars: the highest bar is `most`, a space is 0. */
export function sparkline(values: readonly number[], most: number): string {
  return values
    .map((value) => (value === 0 ? ' ' : BARS[Math.max(0, Math.ceil((value / most) * BARS.length) - 1)]))
    .join('');
}
