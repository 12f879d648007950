export const SHORTEST_LOOK_MS = 100;
/** With fewer looks a trial of some seconds would tell little. */
const LONGEST_MS = 1000;
/** Reports of more subscribers would take much of the processor from the publisher. */
const MOST_AT_SHORTEST = 16;

/** Time between two looks at own subscribers, and between two of their reports, in milliseconds: longer where there are many. */
export function trialLookMs(subscribers: number): number {
  return Math.min(LONGEST_MS, Math.round(SHORTEST_LOOK_MS * Math.max(1, subscribers / MOST_AT_SHORTEST)));
}
