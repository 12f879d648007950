/** The longest part whose length is written in one byte; that of a longer one takes eight. */
const LONGEST_SHORT_PART = 255;
/** What CURVE adds to a part: the name of the command, a number used once, the seal and the flags. */
const CURVE_BYTES = 33;

/**
 * What a PING takes that a libzmq subscriber sends as a heartbeat, and what the PONG takes that answers it.
 * Parts of commands are encrypted as those of messages are.
 */
const PING_BYTES = 7;
const PONG_BYTES = 5;

/**
 * What a part of a message takes on a connection that speaks ZMTP 3, in bytes.
 *
 * @param isEncrypted whether the connection uses CURVE
 */
export function framedBytes(partBytes: number, isEncrypted: boolean): number {
  const bytes = isEncrypted ? partBytes + CURVE_BYTES : partBytes;
  return bytes <= LONGEST_SHORT_PART ? 2 + bytes : 9 + bytes;
}

/** Sizes of heartbeats on a connection, in bytes. */
export function heartbeatBytes(isEncrypted: boolean): { readonly ping: number; readonly pong: number } {
  return { ping: framedBytes(PING_BYTES, isEncrypted), pong: framedBytes(PONG_BYTES, isEncrypted) };
}
