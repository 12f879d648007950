/**
 * Version of what the encoder makes of a database's rows: raise it with each change of the bytes, the times or the order of
 * events. What was encoded by another version, and kept, is not used.
 */
export const ENCODER_VERSION = 2;
