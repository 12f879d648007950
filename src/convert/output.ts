import type { Batch } from '../batch/batch.js';
import type { Column } from '../formats/table.js';
import type { OutputForm, Partition } from './output-form.js';

/** Where the events of an output come from, and how: for its metadata. Plain data. */
export interface Provenance {
  /** Of this package. */
  readonly version: string;
  readonly sources: readonly { readonly path: string; readonly sizeBytes: number }[];
  /** The options that select and order events, as they were given. */
  readonly selection: Readonly<Record<string, unknown>>;
  /** Whether texts of a type became numbers and booleans. */
  readonly typed: boolean;
  /** Number of events at the beginning that are from before the selection. */
  readonly primed: number;
  /** What could not be read. */
  readonly damage: { readonly stretches: number; readonly lostEvents: number };
  /** Sources that have changed while they were read. */
  readonly changed: number;
}

/** What a thread is asked to write. Plain data. */
export interface OutputSetup {
  readonly form: OutputForm;
  /** A file that is there and empty, or a folder. */
  readonly path: string;
  /** How tables are divided into files. */
  readonly partition: Partition;
  /** Of nights. */
  readonly timeZone: string;
  /** Which of the topics' tables are written: those with `number` among each `of` topics, in the order of their first events. */
  readonly share: { readonly number: number; readonly of: number };
}

/** What a thread has written of an output with a table for each topic. Plain data. */
export interface WrittenTables extends Pick<OutputResult, 'unusableTimes' | 'leftOut' | 'sizeBytes'> {
  readonly tables: readonly WrittenTable[];
}

/** A table of a topic, or of a night of it. */
export interface WrittenTable {
  /** Number of events, of all topics, before its first one. */
  readonly eventsBefore: number;
  readonly topic: string;
  /** Undefined without a partition. */
  readonly night: string | undefined;
  /** Path in the folder. */
  readonly file: string;
  readonly events: number;
  readonly sizeBytes: number;
  readonly columns: readonly Column[];
}

/** What was written. Plain data. */
export interface OutputResult {
  /** Number of events of each topic, in the order of their first ones. */
  readonly topics: readonly { readonly topic: string; readonly events: number }[];
  /** Of all files. */
  readonly sizeBytes: number;
  /** Number of files. */
  readonly files: number;
  /** Events without a time that the form can hold, where it asks for one. */
  readonly unusableTimes: number;
  /** Values that the form can only hold as something else. */
  readonly changedValues: number;
  /** Events whose payload is no JSON object, which the form cannot hold; they are left out. */
  readonly leftOut: number;
}

/** Writes events to a form of output, in a thread of its own. */
export interface Output {
  /**
   * Writes an event, in order. The batch is the output's from then on.
   *
   * @throws TcsReplayError `WRITE_FAILED`
   */
  write(batch: Batch, i: number): void;
  /**
   * Called when all events were written for the first time, where the form finds types while it writes.
   *
   * @returns whether what was written stands; otherwise nothing is left of it, and all events are to be written once more
   * @throws TcsReplayError `WRITE_FAILED`
   */
  settle?(): boolean;
  /** Ends the tables of its share, which are on the disk then. @throws TcsReplayError `WRITE_FAILED` */
  endTables?(): Promise<WrittenTables>;
  /**
   * Ends the output, which is on the disk then.
   *
   * @param others what was written by other threads
   * @throws TcsReplayError `WRITE_FAILED`
   */
  finish(
    provenance: Provenance,
    others: readonly WrittenTables[],
  ): Promise<Omit<OutputResult, 'topics'>> | Omit<OutputResult, 'topics'>;
  /** Closes what is open. It can be called at any time, and more than once. */
  close(): void;
}
