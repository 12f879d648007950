import Table from 'cli-table3';

/** What a terminal shows without wrapping, as most are set up. */
export const WIDTH = 120;
/** A column of names is wrapped no narrower than this. */
const NARROWEST_NAMES = 16;
/** A blank on either side. */
const PADDING = 2;
const BORDER = 1;

export interface Column {
  readonly head: string;
  /** Names stand on the left, and are wrapped where the table is too wide; numbers on the right, and are not. */
  readonly isName: boolean;
  /** One a row, of one line or more. */
  readonly cells: readonly string[];
}

/** How many columns of a terminal a table takes where nothing is wrapped. */
export function tableWidth(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + columnWidth(column) + BORDER, BORDER);
}

/** How many it takes at least. */
export function leastTableWidth(columns: readonly Column[]): number {
  const least = (column: Column) => (column.isName ? namesWidth(column) : columnWidth(column));
  return columns.reduce((sum, column) => sum + least(column) + BORDER, BORDER);
}

/** A table of `WIDTH` at most, if wrapping names does it. */
export function tableText(columns: readonly Column[]): string {
  const widths = columns.map(columnWidth);
  let excess = tableWidth(columns) - WIDTH;
  for (const [i, column] of columns.entries()) {
    if (excess <= 0 || !column.isName) continue;
    const narrower = Math.max(namesWidth(column), widths[i] - excess);
    excess -= widths[i] - narrower;
    widths[i] = narrower;
  }
  const table = new Table({
    head: columns.map(({ head }) => head),
    style: { head: [], border: [], compact: true },
    colAligns: columns.map(({ isName }) => (isName ? 'left' : 'right')),
    colWidths: widths,
    wordWrap: true,
  });
  const rows = columns[0]?.cells.length ?? 0;
  for (let row = 0; row < rows; row++) table.push(columns.map(({ cells }) => cells[row]));
  return table.toString();
}

/** The same, narrower: the range of `median (range)` stands below the median. */
export function rangesBelow(column: Column): Column {
  return column.isName
    ? column
    : { ...column, cells: column.cells.map((cell) => cell.replace(/ \((.*)\)$/, '\n$1')) };
}

function columnWidth({ head, cells }: Column): number {
  return (
    PADDING + Math.max(...[head, ...cells].flatMap((cell) => cell.split('\n').map(({ length }) => length)))
  );
}

/** A word is never broken. */
function namesWidth(column: Column): number {
  const words = [column.head, ...column.cells].flatMap((cell) =>
    cell.split(/\s/).map(({ length }) => length),
  );
  return Math.min(columnWidth(column), PADDING + Math.max(NARROWEST_NAMES, ...words));
}
