import { type NameOf, needs, notTogether } from '../shared/expect.js';
import type { OptionValues } from './option-table.js';

type FullOption = 'onFull' | 'blockTimeoutS' | 'highWaterMark';

/**
 * Refuses options of full queues that contradict each other.
 *
 * @throws TcsReplayError `BAD_OPTION`: which option, and why
 */
export function checkFull(values: Pick<OptionValues, FullOption>, nameOf: NameOf<FullOption>): void {
  const { onFull, blockTimeoutS, highWaterMark } = values;
  const block = `${nameOf('onFull')} block`;
  if (onFull === 'block' && highWaterMark === 0)
    throw notTogether(block, `${nameOf('highWaterMark')} 0`, 'a queue without a limit is never full');
  if (onFull !== 'block' && blockTimeoutS !== Number.POSITIVE_INFINITY)
    throw needs(nameOf('blockTimeoutS'), block, 'nothing else waits until a subscriber has room');
}
