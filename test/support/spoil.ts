/** What is wrong with a decoding thread: it is slow, loses an event, or changes a byte. */
export type Spoil = 'slow' | 'event' | 'byte';

/** The environment variable that has a `Spoil`. */
export const SPOIL = 'TCS_REPLAY_TEST_SPOIL';

/** So many times as long a slow one takes. */
export const SLOWED_BY = 20;
