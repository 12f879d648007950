import { plain } from './plain-text.js';

/**
 * The kind of a failure. Match on `code`, not on the message: messages may be reworded.
 *
 * - `BAD_OPTION`: the value of an option cannot be used
 * - `NO_SUCH_FILE`: a database, the folder to write one to, or a key file is missing or unreadable
 * - `NOT_A_DATABASE`: the file exists, but is not an SQLite database
 * - `UNKNOWN_SCHEMA`: the database has no tables that can be read as events
 * - `TOO_MANY_FILES`: the process has as many files open as it may
 * - `READ_FAILED`: SQLite or the disk failed while reading
 * - `DATABASE_LOCKED`: another program kept a database locked for longer than the busy timeout
 * - `WRITE_FAILED`: a database, another output, a prepared file, a histogram log or a key file could not be written
 * - `WORKER_FAILED`: a worker thread, or the process of a load test's subscriber, could not start, or died
 * - `NOT_PLAYING`: a command came before there was anything to play, or after the end
 * - `GIVEN_UP`: a command searched ahead, and a later command ended that
 * - `NO_ANSWER`: no replay answered at the address of its control socket
 * - `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`: the ZeroMQ socket, or that of metrics, could not be opened or used
 * - `NO_SUBSCRIBERS`: fewer subscribers came than the replay was to wait for
 * - `BROKEN_INSTALL`: the native module of a package was built for another version of Node, or not at all
 */
export type ErrorCode =
  | 'BAD_OPTION'
  | 'NO_SUCH_FILE'
  | 'NOT_A_DATABASE'
  | 'UNKNOWN_SCHEMA'
  | 'TOO_MANY_FILES'
  | 'READ_FAILED'
  | 'DATABASE_LOCKED'
  | 'WRITE_FAILED'
  | 'WORKER_FAILED'
  | 'NOT_PLAYING'
  | 'GIVEN_UP'
  | 'NO_ANSWER'
  | 'ADDRESS_IN_USE'
  | 'BAD_ADDRESS'
  | 'SOCKET_FAILED'
  | 'NO_SUBSCRIBERS'
  | 'BROKEN_INSTALL';

/**
 * The error class of this package. The message is one line for the person at the terminal: what was expected, what
 * was found, where, and what to do. `cause` holds the underlying error, if any.
 */
export class TcsReplayError extends Error {
  override readonly name = 'TcsReplayError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    // The message can hold any path, topic or argument, and ends up on a terminal.
    super(plain(message.replace(/\s*\n\s*/g, ' ')), options);
    this.code = code;
  }
}

/** The message of any thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
