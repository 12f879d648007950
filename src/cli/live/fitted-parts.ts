const BETWEEN = '  ';

/** A part of a line; of those that do not fit, the one of the least weight is left out first. */
export interface Part {
  readonly shown: string;
  readonly weight: number;
}

/**
 * The parts that there is room for, in one line.
 *
 * @param columns what the line is shorter than, but for a last part that does not fit alone
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
