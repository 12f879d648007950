/** The integers of libzmq are 32 bits wide. */
export const LARGEST_INT32 = 2 ** 31 - 1;
