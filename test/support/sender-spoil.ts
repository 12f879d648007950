/** What is wrong with a program that sends: it is slow, leaves a message out, changes a byte, or swaps two. */
export type SenderSpoil = 'slow' | 'loss' | 'byte' | 'order';

/** The environment variable that has a `SenderSpoil`. */
export const SENDER_SPOIL = 'TCS_REPLAY_TEST_SENDER_SPOIL';

/** How long a slow one is busy with a message: many times as long as it takes. */
export const HELD_US = 200;
