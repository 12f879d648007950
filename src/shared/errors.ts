/**
 * What kind of failure an error is. Match on `code`, never on the message: messages may be reworded.
 *
 * - `BAD_OPTION`: an option's value cannot be used
 * - `NO_SUCH_FILE`: a database, the folder to write one to, or a key file is missing or unreadable
 * - `NOT_A_DATABASE`: the file is there and is no SQLite database
 * - `UNKNOWN_SCHEMA`: a database, but not one with events that can be understood
 * - `READ_FAILED`: SQLite or the disk failed while reading
 * - `WRITE_FAILED`: a database, a histogram log or a key file could not be written
 * - `WORKER_FAILED`: a decoding thread died
 * - `NOT_PLAYING`: an order came when there was nothing to play, or no more
 * - `NO_ANSWER`: no replay answered at the address of its control socket
 * - `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`: the ZeroMQ socket could not be opened or used
 * - `NO_SUBSCRIBERS`: fewer subscribers came than were waited for
 */
export type ErrorCode =
  | 'BAD_OPTION'
  | 'NO_SUCH_FILE'
  | 'NOT_A_DATABASE'
  | 'UNKNOWN_SCHEMA'
  | 'READ_FAILED'
  | 'WRITE_FAILED'
  | 'WORKER_FAILED'
  | 'NOT_PLAYING'
  | 'NO_ANSWER'
  | 'ADDRESS_IN_USE'
  | 'BAD_ADDRESS'
  | 'SOCKET_FAILED'
  | 'NO_SUBSCRIBERS';

/**
 * The one error class of this package. Its message is for the person at the terminal: one line that says what
 * was expected, what was found, where, and what to do. `cause` holds the underlying error where there is one.
 */
export class TcsReplayError extends Error {
  override readonly name = 'TcsReplayError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
