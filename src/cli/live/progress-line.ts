import type { Preparation, PreparationKind } from '../../database/preparation.js';
import type { ReplayStatus } from '../../playback/playback.js';
import * as text from '../../shared/text.js';
import { fittedParts, type Part } from './fitted-parts.js';
import { speedText } from './speed-ladder.js';

const BAR_WIDTH = 16;
/** A longer wait is shown, so that a gap does not look like a hang. */
export const SHOWN_WAIT_S = 2;

/**
 * The progress of a replay in one line.
 *
 * @param columns width of the terminal: on a narrow one, less important parts are left out
 */
export function progressLine(status: ReplayStatus, columns: number): string {
  const { state, speedup, share, sent, eventsPerS, bytesPerS, positionS, latenessUs, nextInS, leftS, pass } =
    status;
  const parts: Part[] = [
    { weight: 2, shown: shareBar(share, BAR_WIDTH) },
    { weight: 7, shown: text.percent(share).padStart(4) },
    { weight: 8, shown: text.counted(sent, 'event') },
    { weight: 6, shown: `${text.count(eventsPerS)}/s` },
    { weight: 1, shown: `${text.bytes(bytesPerS)}/s` },
  ];
  if (state === 'paused') parts.unshift({ weight: 9, shown: 'paused' });
  if (speedup !== 1) parts.push({ weight: 6, shown: speedText(speedup) });
  if (pass > 1) parts.push({ weight: 5, shown: `pass ${pass}` });
  const moment = text.moment(positionS);
  if (moment !== '') parts.push({ weight: 3, shown: `at ${moment} UTC` });
  if (nextInS >= SHOWN_WAIT_S) parts.push({ weight: 5, shown: `next in ${text.span(nextInS)}` });
  else if (speedup < Number.POSITIVE_INFINITY)
    parts.push({ weight: 5, shown: `late ${text.duration(latenessUs)}` });
  if (!Number.isNaN(leftS)) parts.push({ weight: 4, shown: `${text.span(leftS)} left` });
  return fittedParts(parts, columns);
}

/** A bar that shows how much is done. @param share 0 to 1 */
export function shareBar(share: number, width: number): string {
  const filled = Math.round(share * width);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
}

const PREPARATIONS: Record<PreparationKind, string> = {
  snapshot: 'copying',
  index: 'indexing',
  order: 'sorting',
  states: 'noting topics of',
};

/** The line on what is being made before a database can be played. */
export function preparationLine({ path, what, share }: Preparation): string {
  return `${PREPARATIONS[what]} ${text.name(path)}: ${text.percent(share)}`;
}
