import Table from 'cli-table3';

/** Columns that most terminals show without wrapping. */
export const WIDTH = 120;
/** Columns of names are not made narrower than this. */
const NARROWEST_NAMES = 16;
/** One blank on either side. */
const PADDING = 2;
const BORDER = 1;

export interface Column {
  readonly head: string;
  /**
   * Names are left-aligned and wrapped if the table is too wide; numbers are right-aligned and never wrapped.
   */
  readonly isName: boolean;
  /** One cell per row; a cell may have several lines. */
  readonly cells: readonly string[];
}

/** Width of a table in which nothing is wrapped. */
export function tableWidth(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + columnWidth(column) + BORDER, BORDER);
}

/** Width of a table in which all names are wrapped as far as possible. */
export function leastTableWidth(columns: readonly Column[]): number {
  const least = (column: Column) => (column.isName ? namesWidth(column) : columnWidth(column));
  return columns.reduce((sum, column) => sum + least(column) + BORDER, BORDER);
}

/** Formats a table, at most `WIDTH` columns wide if wrapping names achieves that. */
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

/** A narrower column: the range of `median (range)` moves below the median. */
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

/** Width at which no word of the names is broken. */
function namesWidth(column: Column): number {
  const words = [column.head, ...column.cells].flatMap((cell) =>
    cell.split(/\s/).map(({ length }) => length),
  );
  return Math.min(columnWidth(column), PADDING + Math.max(NARROWEST_NAMES, ...words));
}
