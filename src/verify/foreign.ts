/** In the place of the index of a sent event: a received event has none. */
export const FOREIGN = -1;
