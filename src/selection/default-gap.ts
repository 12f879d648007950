/** Recorded time without an event that counts as a gap by default, in seconds. */
export const DEFAULT_GAP_S = 60;
