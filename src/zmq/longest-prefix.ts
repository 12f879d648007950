/** A publisher disconnects subscribers that subscribe to a longer beginning of topics. */
export const LONGEST_PREFIX_BYTES = 255;
