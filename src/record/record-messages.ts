import type { ErrorCode } from '../shared/errors.js';
import type { RotationRules } from './rotation.js';

/** Where a recording comes from, by names. */
export type Provenance = Readonly<Record<string, string>>;

/** What the thread of a recording is given when it starts. */
export interface RecorderSetup {
  readonly path: string;
  /** Undefined: all goes into one file. */
  readonly rotation: RotationRules | undefined;
  /** Is written into files that have room for it. */
  readonly provenance: Provenance;
}

/** What a recording's thread is told. */
export type ToRecorder =
  | {
      readonly kind: 'batch';
      /** The buffer of a `MessageBatch`, transferred. */
      readonly bytes: ArrayBuffer;
      /** Number of bytes used. */
      readonly length: number;
      readonly receivedMs: number;
    }
  | { readonly kind: 'end' };

/** A file of a recording. */
export interface RecordedFile {
  readonly path: string;
  /** Number of events in it. */
  readonly events: number;
  readonly sizeBytes: number;
  /** Number of topics whose last event of the file before is at its head. */
  readonly stateTopics: number;
}

/** What was done with the messages of a topic. */
export interface TopicWritten {
  written: number;
  /** Messages whose payload is no JSON object. */
  notEvents: number;
  /** Events whose wire time is not after that of the topic's event before. */
  notAscending: number;
}

/** What was written in the end. */
export interface RecordedSums {
  readonly files: readonly RecordedFile[];
  readonly topics: ReadonlyMap<string, TopicWritten>;
}

/** What a recording's thread tells. */
export type FromRecorder =
  | { readonly kind: 'opened'; readonly path: string }
  | {
      readonly kind: 'committed';
      /** Size of the batches that were committed since the last message of this kind. */
      readonly queuedBytes: number;
      /** Of all files. */
      readonly written: number;
      readonly sizeBytes: number;
    }
  | { readonly kind: 'notice'; readonly notice: string }
  | ({ readonly kind: 'ended' } & RecordedSums)
  | {
      readonly kind: 'failed';
      readonly error: { readonly code: ErrorCode; readonly message: string };
    };

/** More topics than a real stream has. Beyond it they are counted together, to bound memory. */
export const MOST_TOPICS = 1 << 16;
/** What topics are counted as beyond `MOST_TOPICS`. */
export const OTHER_TOPICS = '(other topics)';

/** The entry of a topic in a map that is bounded: that of `OTHER_TOPICS` where there are too many. */
export function entryOf<T>(topics: Map<string, T>, topic: string, create: () => T): T {
  let entry = topics.get(topic);
  if (entry !== undefined) return entry;
  if (topics.size >= MOST_TOPICS && topic !== OTHER_TOPICS) return entryOf(topics, OTHER_TOPICS, create);
  entry = create();
  topics.set(topic, entry);
  return entry;
}
