import { speedText } from '../../control/speed-ladder.js';
import type { Preparation, PreparationKind } from '../../database/preparation.js';
import type { ReplayStatus } from '../../playback/playback.js';
import type { TimeZone } from '../../selection/time-zone.js';
import { zonedText } from '../../selection/wall-text.js';
import * as text from '../../shared/text.js';
import { fittedParts, type Part } from './fitted-parts.js';
import { queueText } from './queue-text.js';
import { shareParts } from './share-parts.js';
import type { Task } from './task-progress.js';

/** A longer wait is shown, so that a gap does not look like a hang. */
export const SHOWN_WAIT_S = 2;

/**
 * The progress of a replay in one line.
 *
 * @param zone of the position
 * @param columns width of the terminal: on a narrow one, less important parts are left out
 */
export function progressLine(status: ReplayStatus, zone: TimeZone, columns: number): string {
  const { state, speedup, share, sent, eventsPerS, bytesPerS, positionS, latenessUs, nextInS, leftS, pass } =
    status;
  const parts: Part[] = [
    ...(Number.isNaN(share) ? [] : shareParts(share)),
    { weight: 8, shown: text.counted(sent, 'event') },
    { weight: 6, shown: `${text.count(eventsPerS)}/s` },
    { weight: 1, shown: `${text.bytes(bytesPerS)}/s` },
  ];
  if (state === 'paused' || state === 'blocked') parts.unshift({ weight: 9, shown: state });
  if (state === 'caught-up') parts.unshift({ weight: 9, shown: 'waiting for the recorder' });
  if (speedup !== 1) parts.push({ weight: 6, shown: speedText(speedup) });
  if (pass > 1) parts.push({ weight: 5, shown: `pass ${pass}` });
  const moment = zonedText(positionS, zone);
  if (moment !== '') parts.push({ weight: 3, shown: `at ${moment}` });
  if (nextInS >= SHOWN_WAIT_S) parts.push({ weight: 5, shown: `next in ${text.span(nextInS)}` });
  else if (speedup < Number.POSITIVE_INFINITY)
    parts.push({ weight: 5, shown: `late ${text.duration(latenessUs)}` });
  if (status.relay !== undefined) parts.push({ weight: 2, shown: `queue ${queueText(status.relay)}` });
  if (!Number.isNaN(leftS)) parts.push({ weight: 4, shown: `${text.span(leftS)} left` });
  return fittedParts(parts, columns);
}

const PREPARATIONS: Record<PreparationKind, string> = {
  snapshot: 'copying',
  normalForm: 'bringing into normal form',
  index: 'indexing',
  ascent: 'looking through',
  order: 'sorting',
  states: 'noting topics of',
  prepared: 'preparing',
  verification: 'verifying what is kept of',
};

/** What is being made before a database can be played, as a task whose progress is shown. */
export function preparationTask({ path, what, share }: Preparation): Task {
  return { what: PREPARATIONS[what], path, share };
}
