import type { ReplayProgress } from '../tally.js';
import * as text from './text.js';

const BAR_WIDTH = 16;
/** A wait longer than this is shown, so that a gap does not look like a hang. */
const SHOWN_WAIT_S = 2;

/** One line that says where a replay stands. */
export function progressLine(progress: ReplayProgress): string {
  const { share, sent, eventsPerS, bytesPerS, positionS, latenessUs, nextInS, leftS, pass } = progress;
  const filled = Math.round(share * BAR_WIDTH);
  const parts = [
    `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${String(Math.floor(share * 100)).padStart(3)}%`,
    text.counted(sent, 'event'),
    `${text.count(eventsPerS)}/s`,
    `${text.bytes(bytesPerS)}/s`,
  ];
  if (pass > 1) parts.push(`pass ${pass}`);
  if (text.moment(positionS) !== '') parts.push(`at ${text.moment(positionS)} UTC`);
  parts.push(nextInS >= SHOWN_WAIT_S ? `next in ${text.span(nextInS)}` : `late ${text.duration(latenessUs)}`);
  if (!Number.isNaN(leftS)) parts.push(`${text.span(leftS)} left`);
  return parts.join('  ');
}
