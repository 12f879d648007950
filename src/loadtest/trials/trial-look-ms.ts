const SHORTEST_MS = 100;
/** Reports of more subscribers would take much of the processor from the publisher. */
const MOST_AT_SHORTEST = 16;

/** Time between two looks at own subscribers, and between two of their reports, in milliseconds: longer where there are many. */
export function trialLookMs(subscribers: number): number {
  return Math.round(SHORTEST_MS * Math.max(1, subscribers / MOST_AT_SHORTEST));
}
