import type { Preparation, PreparationKind } from '../preparation.js';
import type { ReplayProgress } from '../tally.js';
import * as text from './text.js';

const BAR_WIDTH = 16;
/** A wait longer than this is shown, so that a gap does not look like a hang. */
const SHOWN_WAIT_S = 2;
const BETWEEN = '  ';

/** A part of the line; of those that do not fit, the one of the least weight is left out first. */
interface Part {
  readonly shown: string;
  readonly weight: number;
}

/**
 * One line that says where a replay stands.
 *
 * @param columns width of the terminal: parts that matter less are left out where it is narrow
 */
export function progressLine(progress: ReplayProgress, columns: number): string {
  const { share, sent, eventsPerS, bytesPerS, positionS, latenessUs, nextInS, leftS, pass } = progress;
  const filled = Math.round(share * BAR_WIDTH);
  const parts: Part[] = [
    { weight: 2, shown: `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]` },
    { weight: 7, shown: `${String(Math.floor(share * 100)).padStart(3)}%` },
    { weight: 8, shown: text.counted(sent, 'event') },
    { weight: 6, shown: `${text.count(eventsPerS)}/s` },
    { weight: 1, shown: `${text.bytes(bytesPerS)}/s` },
  ];
  if (pass > 1) parts.push({ weight: 5, shown: `pass ${pass}` });
  const moment = text.moment(positionS);
  if (moment !== '') parts.push({ weight: 3, shown: `at ${moment} UTC` });
  const isWaiting = nextInS >= SHOWN_WAIT_S;
  parts.push({
    weight: 5,
    shown: isWaiting ? `next in ${text.span(nextInS)}` : `late ${text.duration(latenessUs)}`,
  });
  if (!Number.isNaN(leftS)) parts.push({ weight: 4, shown: `${text.span(leftS)} left` });
  return fitted(parts, columns);
}

function fitted(parts: readonly Part[], columns: number): string {
  const line = parts.map(({ shown }) => shown).join(BETWEEN);
  if (line.length < columns || parts.length <= 1) return line;
  const lightest = Math.min(...parts.map(({ weight }) => weight));
  return fitted(
    parts.filter(({ weight }) => weight > lightest),
    columns,
  );
}

const PREPARATIONS: Record<PreparationKind, string> = {
  snapshot: 'copying',
  index: 'indexing',
  order: 'sorting',
  states: 'noting topics of',
};

/** One line that says what is made before a database can be played. */
export function preparationLine({ path, what, share }: Preparation): string {
  return `${PREPARATIONS[what]} ${path}: ${Math.floor(share * 100)}%`;
}
