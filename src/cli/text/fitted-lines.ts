import { hanging, UNBROKEN } from './wrapped.js';

/** Indentation of a second column that has no room beside the first. */
const BELOW = 6;
const TWO_COLUMNS = /^(\s*)(\S.*?\S) {2,}(\S.*)$/;

/** Breaks the lines that are too long. The second column of an example goes below the first. Long words are kept whole. */
export function fittedLines(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (line.length <= columns ? line.replaceAll(UNBROKEN, ' ') : broken(line, columns)))
    .join('\n');
}

function broken(line: string, columns: number): string {
  const [, indent, left, right] = TWO_COLUMNS.exec(line) ?? [];
  if (left !== undefined && indent.length + left.length <= columns)
    return `${indent}${left}\n${hanging(' '.repeat(indent.length + BELOW), right, columns)}`;
  const words = line.trimStart();
  return hanging(' '.repeat(line.length - words.length), words, columns);
}
