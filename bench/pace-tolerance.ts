/** A paced trial may differ from its plan by this many seconds, plus this share of its time. */
const LARGEST_DIFFERENCE_S = 0.1;
const LARGEST_DIFFERENCE_SHARE = 0.01;

/** Largest difference, in seconds, by which a trial of `durationS` seconds may miss its pace. */
export function paceToleranceS(durationS: number): number {
  return LARGEST_DIFFERENCE_S + LARGEST_DIFFERENCE_SHARE * durationS;
}
