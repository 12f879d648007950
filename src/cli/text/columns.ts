import { textWidth } from './text-width.js';

const INDENT = '  ';
const BETWEEN = '  ';
const ELLIPSIS = '…';

/** A column of a table. */
export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

/** A table without borders, indented by two spaces; its first line has the heads. */
export function columns(heads: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [heads.map(({ head }) => head), ...rows];
  const widths = heads.map((_, at) => widest(lines, at));
  const inColumn = (cell: string, at: number) => {
    const blanks = ' '.repeat(widths[at] - textWidth(cell));
    return heads[at].align === 'right' ? blanks + cell : cell + blanks;
  };
  return lines.map((line) => `${INDENT}${line.map(inColumn).join(BETWEEN)}`.trimEnd()).join('\n');
}

/**
 * The same, at most so wide: cells of the first column are shortened for that, but to no less than the width of its head.
 *
 * @param width of the table, in columns of the terminal
 */
export function fittedColumns(
  heads: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const rest = [heads.map(({ head }) => head), ...rows].map((line) => line.slice(1));
  const ofRest = heads.slice(1).reduce((sum, _, at) => sum + BETWEEN.length + widest(rest, at), 0);
  const left = Math.max(textWidth(heads[0].head), width - INDENT.length - ofRest);
  return columns(
    heads,
    rows.map(([first, ...cells]) => [shortened(first, left), ...cells]),
  );
}

/** Width of the widest cell of a column. A spread into `Math.max` fails for some hundred thousand rows. */
export function widest(rows: readonly (readonly string[])[], column: number): number {
  return rows.reduce((most, row) => Math.max(most, textWidth(row[column])), 0);
}

/** A text shortened to a width: an ellipsis replaces the middle of a longer one. */
export function shortened(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  const head = Math.ceil((width - 1) / 2);
  return [
    ...characters.slice(0, head),
    ELLIPSIS,
    ...characters.slice(characters.length - (width - 1 - head)),
  ].join('');
}
