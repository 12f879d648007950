/** How many events had come by when. */
export interface Mark {
  readonly events: number;
  readonly ms: number;
}

/** So many batches are long enough for the coming of each not to count, and short enough to be undisturbed now and then. */
const BATCHES_A_STRETCH = 8;
/** The very best stretch may owe it to a batch that came late before it. */
const SHARE_ABOVE = 0.1;

/**
 * Events a second in the best stretches: the rate that a tenth of all stretches of eight batches have or exceed.
 * Whatever else a machine does makes stretches slower and none faster, so this differs little from run to run.
 *
 * @param marks the end of each batch, in order, and the beginning of the first
 * @returns null where there are fewer than two
 */
export function bestRate(marks: readonly Mark[]): number | null {
  const length = Math.min(BATCHES_A_STRETCH, marks.length - 1);
  if (length < 1) return null;
  const rates = marks.slice(length).map(({ events, ms }, i) => {
    const from = marks[i];
    return (1000 * (events - from.events)) / (ms - from.ms);
  });
  return rates.sort((a, b) => b - a)[Math.floor(SHARE_ABOVE * (rates.length - 1))];
}
