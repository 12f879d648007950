import type { PayloadFormat } from '../batch/batch.js';
import type { Damage } from '../batch/damage.js';
import type { EncodeRules } from '../encode/encode-rules.js';
import type { Extent } from '../selection/time-point.js';
import type { TopicFilter } from '../selection/topic-filter.js';
import type { AscendingRows } from './ascent/ascending-rows.js';
import { attachRunFinder } from './ascent/run-finder.js';
import { type FileIdentity, identify, isSameFile } from './cache/file-identity.js';
import type { Companion } from './cache/snapshot.js';
import { type Connection, openReadOnly } from './connection.js';
import type { EventReader } from './event-reader.js';
import type { Landmark } from './landmarks.js';
import type { RowRange } from './rows.js';
import type { Schema } from './schema/schema.js';
import { attachSideIndex } from './side-index/side-index.js';
import type { WalCopy } from './wal/wal-copy.js';

/** A database that is prepared for being read. Plain data: it goes to every thread. */
export interface Recording {
  /** The path as the user gave it. */
  readonly path: string;
  /** The file that is read: the database itself, or a snapshot of it. */
  readonly readPath: string;
  readonly schema: Schema;
  /** State of the file when it was opened; undefined where it is not known, so that nothing is kept in the cache. */
  readonly identity: FileIdentity | undefined;
  /** Side index of the attributes, where the database has no index of its own and needs one; otherwise undefined. */
  readonly sideIndexPath: string | undefined;
  /** Where ids ascend over the attribute table, so that no index is needed; otherwise undefined. */
  readonly ascending: AscendingRows | undefined;
  /** Path for a side index that is made where the database's own index turns out to be damaged. */
  readonly salvagePath: string;
  /** What cannot be read, as far as it is known before reading: before the first row, after the last one, of attributes. */
  readonly damage: readonly Damage[];
  readonly sizeBytes: number;
  /** Smallest and largest row id of the event table; undefined where it is empty or none can be read. */
  readonly rows: RowRange | undefined;
  /** Some events, by which a change of the file is found. */
  readonly landmarks: readonly Landmark[];
  /** Due time of the first event in the table that has one, in Unix seconds; NaN where the first events have none. */
  readonly firstTimeS: number;
  /** Due time of the last event in the table that has one, in Unix seconds; NaN where the last events have none. */
  readonly lastTimeS: number;
  /** The last event of each topic before it, where a recorder wrote them into tables of their own: see `stateOf`. */
  readonly state?: Recording | undefined;
  /** What is known of the file where it is being written and followed; otherwise undefined. */
  readonly followed?: FollowedState;
}

/** The state of a file that is being written, when it was looked at. Plain data. */
export interface FollowedState {
  /** Inode, sizes and times of change of the file and its log. */
  readonly files: string;
  /** Whether another change is sure to change these. */
  readonly isSettled: boolean;
  readonly inode: string;
  /** The copy that is read in place of a database in WAL mode; undefined: the file itself is read. */
  readonly copy: WalCopy | undefined;
  /** Row id of the event before the last one; undefined: there is none. Attributes of the last one may be missing yet. */
  readonly beforeLast: bigint | undefined;
  /** The least due time of the last events that have one, in Unix seconds; NaN: none has. */
  readonly reachedS: number;
  /** The time that the recording has reached with its last events, as `findStrays` has it, in Unix seconds; NaN: they have no times. */
  readonly placeS: number;
  /** Whether these times jump, so that more events would tell whether a clock was wrong. */
  readonly isJumping: boolean;
  /** The last event as it was then; undefined: there is none. */
  readonly last: Landmark | undefined;
  /** An event that was handed over without one behind it, as it was then; undefined: none was. */
  readonly handedOverLast: Landmark | undefined;
  /** Whether attributes have been added to that event since. */
  readonly isHandedOverOther: boolean;
  /** Whether the last look found that the writer has died in a transaction: nothing can be read until it is undone. */
  readonly isUnfinished: boolean;
}

/** Which events of a recording are read, and in which form. Plain data. */
export interface ReadRules extends EncodeRules {
  readonly filter: TopicFilter | undefined;
  readonly format: PayloadFormat;
  readonly reader: EventReader;
}

/** A database that was found and is not prepared for being read. Plain data. */
export interface FoundRecording {
  /** The path as the user gave it. */
  readonly path: string;
  readonly sizeBytes: number;
  /** State of the file when it was found; undefined where it is not known. */
  readonly identity: FileIdentity | undefined;
  /** Companion because of which the file can only be read from a copy; undefined where there is none. */
  readonly companion: Companion | undefined;
  /**
   * Size of the whole pages in bytes, where the file was cut off within a page; otherwise undefined. SQLite would read the
   * missing part of that page as zeros.
   */
  readonly wholePagesBytes: number | undefined;
  /** Tables and columns that hold the events; undefined where only a copy can be read. */
  readonly schema: Schema | undefined;
  /**
   * Data times of the first and the last row of the event table, in Unix seconds; NaN where they do not tell when its events
   * are due.
   */
  readonly dataTimes: Extent;
}

/** The rules by which a recording is read. Values of JSON have types of their own: they go out as they are, and none is marked. */
export function rulesFor({ schema }: Recording, rules: ReadRules): ReadRules {
  if (schema.shape?.kind !== 'json') return rules;
  const values = rules.values === 'marked' ? 'recorded' : rules.values;
  return { ...rules, convertNumber: true, convertBool: true, values };
}

/** Opens a connection to a recording, with what finds attributes in place of an index. The caller closes it. */
export function connectTo({ readPath, sideIndexPath, schema, ascending }: Recording): Connection {
  const connection = openReadOnly(readPath);
  try {
    if (ascending !== undefined) attachRunFinder(connection, readPath, schema, ascending);
    if (sideIndexPath !== undefined) attachSideIndex(connection, sideIndexPath, schema);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Whether the file is in the same state as when it was opened, as far as that is known. A snapshot always is. */
export function isAsOpened(recording: Pick<Recording, 'path' | 'readPath' | 'identity'>): boolean {
  return recording.identity === undefined || isUnchanged(recording);
}

/** Whether the file is known to be in the same state as when it was opened. A snapshot is, if its state is known. */
export function isUnchanged({
  path,
  readPath,
  identity,
}: Pick<Recording, 'path' | 'readPath' | 'identity'>): boolean {
  return identity !== undefined && (readPath !== path || isSameFile(identity, identify(path)));
}
