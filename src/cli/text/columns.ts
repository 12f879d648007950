import Table from 'cli-table3';

const NO_BORDERS = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((name) => [name, '']),
);
const BETWEEN = '  ';
const ELLIPSIS = '…';

/** A column of a table. */
export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

/** A table without borders, indented by two spaces; its first line has the heads. */
export function columns(heads: readonly Column[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    chars: { ...NO_BORDERS, middle: BETWEEN },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    head: heads.map(({ head }) => head),
    colAligns: heads.map(({ align = 'left' }) => align),
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
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
