import * as expect from '../shared/expect.js';
import type { PaceOptions } from './replay-options.js';

/**
 * Refuses options that contradict each other.
 *
 * @param nameOf what the user calls an option
 * @throws TcsReplayError `BAD_OPTION`: which, and why
 */
export function checkPace(
  { speedup = 1, rate, burst, maxGapS, onLate, lateAfterMs }: PaceOptions,
  nameOf: (option: keyof PaceOptions) => string = (option) => option,
): void {
  const refuse = (option: keyof PaceOptions, value: unknown, why: string) => {
    throw expect.badOption(nameOf(option), why, value);
  };
  const isMax = speedup === 'max' || speedup === Number.POSITIVE_INFINITY;
  if (rate === undefined) {
    if (burst !== undefined) refuse('burst', burst, `given with ${nameOf('rate')}, whose events it bundles`);
    if (isMax && onLate !== undefined) {
      refuse('onLate', onLate, `absent flat out, where an event is due when it is sent and never late`);
    }
    if (isMax && lateAfterMs !== undefined) {
      refuse(
        'lateAfterMs',
        lateAfterMs,
        `absent flat out, where an event is due when it is sent and never late`,
      );
    }
    return;
  }
  if (!isMax && Number(speedup) !== 1) {
    refuse('speedup', speedup, `absent, or max, with ${nameOf('rate')}, which sends evenly, not as recorded`);
  }
  if (maxGapS !== undefined) {
    refuse('maxGapS', maxGapS, `absent with ${nameOf('rate')}, with which there is no silence`);
  }
}
