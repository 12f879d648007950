const BETWEEN = '  ';

/** A part of a line. If the line is too long, the parts of the least weight are left out first. */
export interface Part {
  readonly shown: string;
  readonly weight: number;
}

/**
 * One line of the parts that fit.
 *
 * @param columns the line is shorter than this, unless a single part is left and does not fit
 */
export function fittedParts(parts: readonly Part[], columns: number): string {
  const line = parts.map(({ shown }) => shown).join(BETWEEN);
  if (line.length < columns || parts.length <= 1) return line;
  const lightest = Math.min(...parts.map(({ weight }) => weight));
  return fittedParts(
    parts.filter(({ weight }) => weight > lightest),
    columns,
  );
}
