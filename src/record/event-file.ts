/**
 * A file into which events are recorded. It is whole from the first commit on, though other programs have to close it. The methods that write throw the
 * errors of what they write with, which have a `code`; `rollback` then brings back the state of the last commit.
 */
export interface EventFile {
  readonly path: string;
  /** Number of events that were committed. */
  readonly eventCount: number;
  /** Number of topics whose last event before the file is at its head. */
  readonly stateTopics: number;
  /** The size that it has when it is closed, or nearly so. */
  readonly sizeBytes: number;
  /** Whether the path still leads to this file: what is written to one that was removed is lost. */
  readonly isInPlace: boolean;

  /** Begins a transaction, unless there is one. */
  begin(): void;

  /**
   * Adds the event of a payload, `bytes[from..end)`, which must stay as it is until the transaction ends.
   *
   * @returns its wire time in Unix seconds, NaN where it has none; undefined, with nothing added, where the payload is no JSON object
   */
  add(topic: string, bytes: Buffer, from: number, end: number): number | undefined;

  /** Makes all that was added since `begin` part of the file. Nothing of it is where this throws. */
  commit(): void;

  /** Forgets all that was added since the last commit. */
  rollback(): void;

  /** Creates the file in which the recording goes on, with the last event of each topic at its head. */
  openNext(path: string): EventFile;

  /** Ends the file. Where this throws, it can be written on. */
  close(): void;

  /** Leaves the file as it is since the last commit. It throws nothing. */
  abandon(): void;

  /** Removes the file. */
  discard(): void;
}
