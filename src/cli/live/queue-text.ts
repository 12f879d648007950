import type { ReplayProgress } from '../../measure/outcome.js';
import * as text from '../../shared/text.js';

/** What waits of events of live publishers: `1,234 events, 530kB; 12 dropped`. */
export function queueText({
  queuedEvents,
  queuedBytes,
  dropped,
}: NonNullable<ReplayProgress['relay']>): string {
  const lost = dropped === 0 ? '' : `; ${text.count(dropped)} dropped`;
  return `${text.counted(queuedEvents, 'event')}, ${text.bytes(queuedBytes)}${lost}`;
}
