import * as text from '../../shared/text.js';
import type { Part } from './fitted-parts.js';

const BAR_WIDTH = 16;

/** How much is done, as all lines of progress begin: a bar, and percent. @param share 0 to 1 */
export function shareParts(share: number): Part[] {
  return [
    { weight: 2, shown: shareBar(share, BAR_WIDTH) },
    { weight: 7, shown: text.percent(share).padStart(4) },
  ];
}

/** A bar that shows how much is done. @param share 0 to 1 */
export function shareBar(share: number, width: number): string {
  const filled = Math.round(share * width);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
}
