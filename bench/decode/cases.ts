import type { EventReader } from '../../src/database/event-reader.js';
import type { CaseInfo, Level } from '../result.js';
import { atLevel } from '../settings.js';
import { LAYOUTS, type Layout } from './layout.js';

/** A case, and the parameters of its measurement. */
export interface DecodeCase extends CaseInfo {
  readonly attributes: number;
  readonly layout: Layout;
  readonly isConverted: boolean;
  readonly reader: EventReader;
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
        .flatMap((isConverted) =>
          readersOf(level, attributes, layout).map((reader) =>
            decodeCase({ attributes, layout, isConverted, reader }),
          ),
        ),
    );
    return cases.length === 0 ? [] : [...cases, limitCase(attributes)];
  });
}

/** Where rows follow each other and there is an index, both ways of reading are measured, but in a quick look. */
function readersOf(level: Level, attributes: number, layout: Layout): EventReader[] {
  const isBoth =
    layout === 'index' && (level === 'full' || (level === 'default' && attributes === USUAL_ATTRIBUTES));
  return isBoth ? ['pages', 'sql'] : ['pages'];
}

function decodeCase(
  measured: Pick<DecodeCase, 'attributes' | 'layout' | 'isConverted' | 'reader'>,
): DecodeCase {
  const { attributes, layout, isConverted, reader } = measured;
  const further = `${isConverted ? ', converted' : ''}${reader === 'sql' ? ', read by SQLite' : ''}`;
  return {
    id: `${attributes} attributes, ${layout}${further}`,
    subject: 'ours',
    parameters: { attributes, layout, conversions: isConverted ? 'on' : 'off', reader },
    // SQLite alone uses the index, which the other layouts do not have.
    reference: layout === 'index' ? limitId(attributes) : null,
    ...measured,
  };
}

function limitCase(attributes: number): DecodeCase {
  return {
    id: limitId(attributes),
    subject: 'limit',
    parameters: { attributes, layout: 'index', conversions: null, reader: null },
    reference: null,
    ...{ attributes, layout: 'index', isConverted: false, reader: 'sql' },
  };
}

function limitId(attributes: number): string {
  return `${attributes} attributes, SQLite alone`;
}
