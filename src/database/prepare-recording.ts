import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Damage } from '../batch/damage.js';
import { NO_EXTENT } from '../selection/time-point.js';
import type { AscendingRows } from './ascent/ascending-rows.js';
import { AscentWalk } from './ascent/ascent-walk.js';
import { attachRunFinder } from './ascent/run-finder.js';
import { keptAscent } from './ascent-note.js';
import { identify, isSameFile } from './cache/file-identity.js';
import { keptOrMadeSync } from './cache/kept-or-made.js';
import { companionOf, copyWholePages, takeSnapshot } from './cache/snapshot.js';
import { removeFolder, type WorkFolders } from './cache/work-folders.js';
import { openReadOnly, readError, readHeader } from './connection.js';
import { dataTimesOf } from './data-times.js';
import { EventTable } from './events/event-table.js';
import { hasAttributes, landmarksOf } from './landmarks.js';
import type { ReportShare } from './preparation.js';
import { type FoundRecording, isUnchanged, type Recording } from './recording.js';
import type { RowRange } from './rows.js';
import { readSchema } from './schema/read-schema.js';
import type { Schema } from './schema/schema.js';
import type { SchemaOverride } from './schema/schema-override.js';
import {
  attachSideIndex,
  buildSideIndex,
  SIDE_INDEX_VERSION,
  sideIndexFault,
} from './side-index/side-index.js';

/** A recording, and what there is to tell about its preparation. Plain data. */
export interface PreparedRecording {
  readonly recording: Recording;
  /** Sentences for the user. */
  readonly notices: readonly string[];
}

export interface PrepareOptions {
  /** Called with a sentence where something that was kept cannot be used. */
  readonly tell?: (notice: string) => void;
  /** What the user calls the option that names tables and columns, for errors. */
  readonly schemaOption?: string | undefined;
  /** Whether a table without an index gets a side index even if its ids ascend, or seem to. Default false. */
  readonly needsSideIndex?: boolean | undefined;
}

/** A file of at most this size is walked at once: its pages are read in a tenth of a second. */
export const WALKED_AT_ONCE_BYTES = 32 << 20;

/** Rows at each end of a recording among which one with a time is searched for. */
const ROWS_WITHOUT_TIME = 256;

/**
 * Finds out what a database is, without reading much of it and without making anything.
 *
 * @param override tables and columns that the user named
 * @param schemaOption what the user calls the option that names them, for errors
 * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`
 */
export function findRecording(
  path: string,
  override: SchemaOverride = {},
  schemaOption?: string,
): FoundRecording {
  const companion = companionOf(path);
  const { wholePagesBytes } = readHeader(path);
  const found = {
    path,
    sizeBytes: statSync(path).size,
    identity: identify(path),
    companion,
    wholePagesBytes,
    schema: undefined,
    dataTimes: NO_EXTENT,
  };
  // A journal restores what seems to be cut off.
  if (companion !== undefined) return { ...found, wholePagesBytes: undefined };
  if (wholePagesBytes !== undefined) return found;
  try {
    const connection = openReadOnly(path);
    try {
      const schema = readSchema(connection, path, override, schemaOption);
      return { ...found, schema, dataTimes: dataTimesOf(connection, schema) };
    } finally {
      connection.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
}

/**
 * Makes what is needed to read a database fast and without a trace, or takes it from the cache.
 *
 * @param folders where files are made and kept
 * @param report called with the progress
 * @throws TcsReplayError `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`
 */
export function prepareRecording(
  found: FoundRecording,
  folders: WorkFolders,
  report: ReportShare = () => {},
  override: SchemaOverride = {},
  { tell = () => {}, schemaOption, needsSideIndex = false }: PrepareOptions = {},
): Recording {
  const { path, companion, wholePagesBytes } = found;
  let identity = identify(path);
  // Other files may have been prepared since, which can take minutes.
  const known = isSameFile(found.identity, identity) ? found.schema : undefined;
  const sizeBytes = statSync(path).size;
  let readPath = path;
  try {
    if (companion !== undefined) {
      readPath = takeSnapshot(path, companion, folders.scratchFolder, (share) => report('snapshot', share));
      if (!isSameFile(identity, identify(path))) identity = undefined;
    } else if (wholePagesBytes !== undefined) {
      readPath = copyWholePages(path, folders.scratchFolder, wholePagesBytes, (share) =>
        report('snapshot', share),
      );
    }
    const connection = openReadOnly(readPath);
    let walk: AscentWalk | undefined;
    try {
      // From its first statement to its end the database stays open for reading: what was made is not lost to a lock.
      connection.exec('BEGIN');
      connection.pragma('schema_version');
      const asFound = known ?? readSchema(connection, path, override, schemaOption);
      const unindexed = { path, readPath, schema: asFound, identity };
      const hasIndex = asFound.attribute.index !== undefined;
      let ascending: AscendingRows | undefined;
      if (!hasIndex && !needsSideIndex) {
        const kept = keptAscent(unindexed, folders, tell);
        if (kept === undefined) walk = AscentWalk.open(readPath, asFound);
        ascending = kept === 'no' ? undefined : (kept ?? (walk && ascentBy(walk, readPath)));
      }
      const sideIndex =
        hasIndex || ascending !== undefined ? undefined : madeSideIndex(unindexed, folders, report, tell);
      const sideIndexPath = sideIndex?.path;
      if (sideIndexPath !== undefined) attachSideIndex(connection, sideIndexPath, asFound);
      const entries = sideIndex?.damage === undefined ? 'runs' : 'rows';
      const sideIndexOf = ascending === undefined ? entries : 'nothing';
      const schema: Schema = { ...asFound, attribute: { ...asFound.attribute, sideIndexOf } };
      if (ascending !== undefined) attachRunFinder(connection, readPath, schema, ascending);
      const table = new EventTable(connection, schema);
      const { rows, damage: outside } = table.extent();
      const landmarks = rows === undefined ? [] : landmarksOf(connection, schema, rows);
      if (
        landmarks.length > 0 &&
        landmarks.every(({ isBare }) => isBare) &&
        hasAttributes(connection, schema)
      )
        tell(withoutAttributes(path, schema, landmarks.length));
      return {
        path,
        readPath,
        schema,
        identity,
        sideIndexPath,
        ascending,
        salvagePath: join(folders.scratchFolder, `salvage-${randomUUID()}.db`),
        damage: [...(sideIndex?.damage ?? []), ...outside],
        sizeBytes,
        rows,
        landmarks,
        firstTimeS: rows === undefined ? Number.NaN : firstTime(table, rows.first),
        lastTimeS: rows === undefined ? Number.NaN : lastTime(table, rows),
      };
    } finally {
      connection.close();
      walk?.close();
    }
  } catch (error) {
    if (readPath !== path) removeFolder(dirname(readPath));
    throw readError(path, error);
  }
}

/** Whether ids ascend, by all of a small table, or by some rows of a large one. */
function ascentBy(walk: AscentWalk, readPath: string): AscendingRows | undefined {
  const rows = walk.sample();
  if (rows === undefined || statSync(readPath).size > WALKED_AT_ONCE_BYTES) return rows;
  if (!walk.walk(rows.first, rows.last, Number.POSITIVE_INFINITY).isAscending) return undefined;
  return { ...rows, isProved: true };
}

function withoutAttributes(path: string, { event, attribute }: Schema, looked: number): string {
  return (
    `${path}: of ${looked} events that were looked at none has attributes, which are found by ${attribute.table}.${attribute.eventId} ` +
    `being ${event.table}.${event.id}: do these columns belong together?`
  );
}

interface SideIndex {
  readonly path: string;
  /** What could not be read when it was built; undefined: it was built of all rows, like every index that is kept. */
  readonly damage: readonly Damage[] | undefined;
}

function madeSideIndex(
  recording: Pick<Recording, 'path' | 'readPath' | 'schema' | 'identity'>,
  folders: WorkFolders,
  report: ReportShare,
  tell: (notice: string) => void,
): SideIndex {
  const { path, readPath, schema, identity } = recording;
  const key = identity && { source: identity, kind: 'index' as const, schema, version: SIDE_INDEX_VERSION };
  let damage: readonly Damage[] | undefined;
  const sidePath = keptOrMadeSync(folders, key, {
    make: (made) => {
      damage = buildSideIndex(path, readPath, schema, made, (share) => report('index', share));
      return damage === undefined && isUnchanged(recording);
    },
    faultOf: (kept) => sideIndexFault(kept, schema),
    tell,
    reportRead: (share) => report('verification', share),
  });
  return { path: sidePath, damage };
}

function lastTime(table: EventTable, { first, last }: RowRange): number {
  // The last row nearly always has a time.
  for (const count of [1n, BigInt(ROWS_WITHOUT_TIME)]) {
    const from = last - count + 1n;
    const times = table.times(from > first ? from : first, ROWS_WITHOUT_TIME, last);
    const timed = times.findLast(({ dueTimeS }) => !Number.isNaN(dueTimeS));
    if (timed !== undefined) return timed.dueTimeS;
  }
  return Number.NaN;
}

function firstTime(table: EventTable, first: bigint): number {
  // The first row nearly always has a time; rows after it may be damaged.
  for (const count of [1, ROWS_WITHOUT_TIME]) {
    const timed = table.times(first, count).find(({ dueTimeS }) => !Number.isNaN(dueTimeS));
    if (timed !== undefined) return timed.dueTimeS;
  }
  return Number.NaN;
}
