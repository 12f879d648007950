import type { PayloadFormat } from '../batch/batch.js';
import type { Damage } from '../batch/damage.js';
import type { EncodeRules } from '../encode/encode-rules.js';
import type { Extent } from '../selection/time-point.js';
import type { TopicFilter } from '../selection/topic-filter.js';
import { type FileIdentity, identify, isSameFile } from './cache/file-identity.js';
import type { Companion } from './cache/snapshot.js';
import { type Connection, openReadOnly } from './connection.js';
import type { RowRange } from './rows.js';
import type { Schema } from './schema/schema.js';
import { attachSideIndex } from './side-index/side-index.js';

/** A database of events, as found. Plain data: it goes to every thread. */
export interface Recording {
  /** The path as the user gave it. */
  readonly path: string;
  /** The file that is read: the database itself, or a snapshot of it. */
  readonly readPath: string;
  readonly schema: Schema;
  /** What the file was when this was found; undefined where that is not known: nothing is kept of it then. */
  readonly identity: FileIdentity | undefined;
  /** Holds the rows of each event where the database has no index of them. */
  readonly sideIndexPath: string | undefined;
  /** Where such an index is made when it turns out that the database's own one is damaged. */
  readonly salvagePath: string;
  /** What cannot be read before the first row and after the last, and of attributes: as far as it shows at the start. */
  readonly damage: readonly Damage[];
  readonly sizeBytes: number;
  /** Smallest and largest row id of the event table; undefined where it is empty, or none can be read. */
  readonly rows: RowRange | undefined;
  /** Due time of the first event in the order of the table that has one, in Unix seconds; NaN where none is found. */
  readonly firstTimeS: number;
  /** Due time of the last event in the order of the table that has one, in Unix seconds; NaN where none is found. */
  readonly lastTimeS: number;
}

/** What is wanted of a recording, and in which form. Plain data. */
export interface ReadRules extends EncodeRules {
  readonly filter: TopicFilter | undefined;
  readonly format: PayloadFormat;
}

/** A database that was looked at, and not prepared for being read. Plain data. */
export interface FoundRecording {
  /** The path as the user gave it. */
  readonly path: string;
  readonly sizeBytes: number;
  /** What keeps the file from being read in its place, if something does: only a copy will tell its schema. */
  readonly companion: Companion | undefined;
  /** Size of its whole pages where the file was cut off within one: SQLite would take the rest of it for zeros. */
  readonly wholePagesBytes: number | undefined;
  /** Which tables and columns hold the events; undefined where only a copy is read. */
  readonly schema: Schema | undefined;
  /** Data times of the first and the last row of the event table, in Unix seconds; NaN where it has none. */
  readonly dataTimes: Extent;
}

/** A connection to a recording, with all that it needs. The caller closes it. */
export function connectTo({ readPath, sideIndexPath }: Recording): Connection {
  const connection = openReadOnly(readPath);
  if (sideIndexPath !== undefined) attachSideIndex(connection, sideIndexPath);
  return connection;
}

/** Whether what was found when the recording was opened is there still: of a snapshot it always is. */
export function isUnchanged({
  path,
  readPath,
  identity,
}: Pick<Recording, 'path' | 'readPath' | 'identity'>): boolean {
  return identity !== undefined && (readPath !== path || isSameFile(identity, identify(path)));
}
