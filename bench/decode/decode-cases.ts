import type { CaseInfo, Level } from '../result.js';
import { atLevel } from '../settings.js';
import { LAYOUTS, type Layout } from './layout.js';

/** A case, and what it takes to measure it. */
export interface DecodeCase extends CaseInfo {
  readonly attributes: number;
  readonly layout: Layout;
  readonly isConverted: boolean;
}

export const ATTRIBUTES = [4, 16, 64] as const;
/** What an event mostly has. */
export const USUAL_ATTRIBUTES = 16;

/** What is measured at a level, and after each number of attributes what SQLite alone does with its rows. */
export function casesAt(level: Level): DecodeCase[] {
  const isMeasured = atLevel<(attributes: number, layout: Layout, isConverted: boolean) => boolean>(level, {
    quick: (attributes, layout, isConverted) =>
      attributes === USUAL_ATTRIBUTES && (layout === 'index' || !isConverted),
    default: (attributes, layout, isConverted) =>
      attributes === USUAL_ATTRIBUTES
        ? layout === 'index' || !isConverted
        : layout === 'index' && !isConverted,
    // A scattered event takes so long that its conversions do not count.
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
    // SQLite alone reads over the index, which the other layouts do not have.
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
