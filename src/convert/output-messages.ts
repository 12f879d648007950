import type { ErrorCode } from '../shared/errors.js';
import type { OutputResult, Provenance, WrittenTables } from './output.js';

/** Events of one batch that follow each other. */
export interface SentRun {
  /** Number of the source that they are from. */
  readonly source: number;
  /** The batch, with the first run of it. Later runs of the source are of the same one. */
  readonly buffer?: ArrayBuffer;
  readonly first: number;
  readonly end: number;
}

/** What the thread of an output is told. */
export type ToOutput =
  | { readonly kind: 'events'; readonly runs: readonly SentRun[] }
  | { readonly kind: 'settle' }
  | { readonly kind: 'endTables' }
  | { readonly kind: 'finish'; readonly provenance: Provenance; readonly others: readonly WrittenTables[] }
  | { readonly kind: 'close' };

/** What it answers: to each message with events that it has taken them. After `failed` it takes nothing more. */
export type FromOutput =
  | { readonly kind: 'taken' }
  | { readonly kind: 'settled'; readonly stands: boolean }
  | { readonly kind: 'tablesEnded'; readonly written: WrittenTables }
  | { readonly kind: 'finished'; readonly result: OutputResult }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };
