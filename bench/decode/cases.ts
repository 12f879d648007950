import type { CaseInfo, Level } from '../result.js';
import { atLevel } from '../settings.js';
import { LAYOUTS, type Layout } from './layout.js';

/** A case, and the parameters of its measurement. */
export interface DecodeCase extends CaseInfo {
  readonly attributes: number;
  readonly layout: Layout;
  readonly isConverted: boolean;
}

export const ATTRIBUTES = [4, 16, 64] as const;
/** The number of attributes of a typical event. */
export const USUAL_ATTRIBUTES = 16;

/**
 * The cases of a level. After the cases of each number of attributes comes the limit: SQLite alone with the
 * same rows.
 */
export function casesAt(level: Level): DecodeCase[] {
  const isMeasured = atLevel<(attributes: number, layout: Layout, isConverted: boolean) => boolean>(level, {
    quick: (attributes, layout, isConverted) =>
      attributes === USUAL_ATTRIBUTES && (layout === 'index' || !isConverted),
    default: (attributes, layout, isConverted) =>
      attributes === USUAL_ATTRIBUTES
        ? layout === 'index' || !isConverted
        : layout === 'index' && !isConverted,
    // A scattered event takes so long that conversions make no difference.
    full: (_attributes, layout, isConverted) => layout !== 'scattered' || !isConverted,
  });
  return ATTRIBUTES.flatMap((attributes) => {
    const cases = LAYOUTS.flatMap((layout) =>
      [false, true]
        .filter((isConverted) => isMeasured(attributes, layout, isConverted))
        .map((isConverted) => decodeCase(attributes, layout, isConverted)),
    );
    return cases.length === 0 ? [] : [...cases, limitCase(attributes)];
  });
}

function decodeCase(attributes: number, layout: Layout, isConverted: boolean): DecodeCase {
  return {
    id: `${attributes} attributes, ${layout}${isConverted ? ', converted' : ''}`,
    subject: 'ours',
    parameters: { attributes, layout, conversions: isConverted ? 'on' : 'off' },
    // SQLite alone uses the index, which the other layouts do not have.
    reference: layout === 'index' ? limitId(attributes) : null,
    ...{ attributes, layout, isConverted },
  };
}

function limitCase(attributes: number): DecodeCase {
  return {
    id: limitId(attributes),
    subject: 'limit',
    parameters: { attributes, layout: 'index', conversions: null },
    reference: null,
    ...{ attributes, layout: 'index', isConverted: false },
  };
}

function limitId(attributes: number): string {
  return `${attributes} attributes, SQLite alone`;
}
