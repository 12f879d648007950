import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findStrays } from '../batch/strays.js';
import { AscentWalk, joined } from './ascent/ascent-walk.js';
import { companionOf } from './cache/snapshot.js';
import { newFolder, type WorkFolders } from './cache/work-folders.js';
import { type Connection, isUnfinished, quoted, readHeader } from './connection.js';
import { EventTable } from './events/event-table.js';
import { LANDMARKS, landmarksOf, movedLandmarks } from './landmarks.js';
import type { ModeReader } from './mode-reader.js';
import type { ReportShare } from './preparation.js';
import {
  cannotFollow,
  firstTime,
  lastTime,
  needsIndex,
  type PrepareOptions,
  prepareGrowing,
} from './prepare-recording.js';
import { connectTo, type FollowedState, type Recording } from './recording.js';
import type { RowRange } from './rows.js';
import type { SchemaOverride } from './schema/schema-override.js';
import { newWalCopy, updatedWalCopy } from './wal/wal-copy.js';

/** Within this time a file may change again without a new time. */
const CLOCK_TICK_MS = 50;
/** Events at the end whose times tell what the recording has reached: a wrong clock may have recorded some of them. */
const EVENTS_AT_END = 16;

/**
 * Prepares a database that is being written. In WAL mode a copy is made, which `grownRecording` brings up to date.
 *
 * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`
 */
export function followedRecording(
  path: string,
  folders: WorkFolders,
  report: ReportShare,
  override: SchemaOverride = {},
  options: PrepareOptions = {},
): Recording {
  if (companionOf(path) === '-journal')
    throw cannotFollow(
      path,
      'its writer has died in a transaction; when it, or any other program that may write, opens the database again, that is undone',
    );
  const files = filesOf(path);
  const copy = readHeader(path).isWal
    ? newWalCopy(path, join(newFolder(folders.scratchFolder), 'followed.db'), (share) =>
        report('snapshot', share),
      )
    : undefined;
  const recording = prepareGrowing(path, copy?.path ?? path, folders, override, options);
  return withConnection(recording, (connection) => ({
    ...recording,
    landmarks: recording.landmarks.filter(({ row }) => row !== recording.rows?.last),
    followed: {
      ...files,
      copy,
      handedOverLast: undefined,
      isHandedOverOther: false,
      isUnfinished: false,
      ...endOf(connection, recording, recording.rows),
    },
  }));
}

/**
 * Looks whether something was added to a recording that is being written.
 *
 * @param modeOf gives what tells its mode, and stays open
 * @returns the recording with the rows that it has now; undefined where nothing was written since the last look
 * @throws TcsReplayError `READ_FAILED` where it is not the file any more that it was, or has no longer the events that it had
 */
export function grownRecording(
  recording: Recording,
  modeOf: (path: string) => Pick<ModeReader, 'isWal'>,
  folders: WorkFolders,
  report: ReportShare,
  override: SchemaOverride = {},
  options: PrepareOptions = {},
): Recording | undefined {
  const { path, followed } = recording;
  if (followed === undefined) return undefined;
  const files = filesOf(path);
  if (files.inode !== followed.inode) throw cannotFollow(path, 'another file has taken its place');
  if (followed.isSettled && files.files === followed.files) return undefined;
  if (modeOf(path).isWal !== (followed.copy !== undefined))
    return openedAgain(recording, followedRecording(path, folders, report, override, options));
  const copy = followed.copy && updatedWalCopy(path, followed.copy, (share) => report('snapshot', share));
  // The state of the files is from before what is read now: what is written meanwhile is found by the next look.
  const state = { ...followed, ...files, copy };
  try {
    return withConnection(recording, (connection) => grown({ ...recording, followed: state }, connection));
  } catch (error) {
    if (!isUnfinished(error)) throw error;
    return { ...recording, followed: { ...state, isUnfinished: true } };
  }
}

function withConnection<T>(recording: Recording, read: (connection: Connection) => T): T {
  const connection = connectTo(recording);
  try {
    connection.exec('BEGIN');
    return read(connection);
  } finally {
    connection.close();
  }
}

function grown(
  recording: Recording & { readonly followed: FollowedState },
  connection: Connection,
): Recording {
  const { schema, landmarks, followed } = recording;
  requireLandmarks(recording, connection);
  const table = new EventTable(connection, schema);
  const { rows } = table.extent();
  requireRows(recording, rows);
  const end = endOf(connection, recording, rows);
  const { handedOverLast } = followed;
  const others = handedOverLast === undefined ? [] : movedLandmarks(connection, schema, [handedOverLast]);
  const whole =
    rows === undefined || end.beforeLast === undefined
      ? undefined
      : { first: rows.first, last: end.beforeLast };
  return {
    ...recording,
    ascending: ascendingOf(recording, connection),
    rows,
    landmarks:
      whole !== undefined && landmarks.length < LANDMARKS
        ? landmarksOf(connection, schema, whole)
        : landmarks,
    firstTimeS:
      rows !== undefined && Number.isNaN(recording.firstTimeS)
        ? firstTime(table, rows.first)
        : recording.firstTimeS,
    lastTimeS: rows === undefined ? Number.NaN : lastTime(table, rows),
    followed: { ...followed, isUnfinished: false, isHandedOverOther: others.length > 0, ...end },
  };
}

/** What was prepared anew, since the database has changed between rollback and WAL mode. */
function openedAgain(before: Recording, now: Recording): Recording {
  withConnection(now, (connection) => requireLandmarks({ ...now, landmarks: before.landmarks }, connection));
  requireRows(before, now.rows);
  const { followed } = now;
  const handedOverLast = before.followed?.handedOverLast;
  return { ...now, landmarks: before.landmarks, followed: followed && { ...followed, handedOverLast } };
}

function requireLandmarks({ path, schema, landmarks }: Recording, connection: Connection): void {
  const [moved] = movedLandmarks(connection, schema, landmarks);
  if (moved !== undefined)
    throw cannotFollow(
      path,
      `what was there before has changed: the event in row ${moved.row} is another one`,
    );
}

function requireRows({ path, rows: before }: Recording, rows: RowRange | undefined): void {
  if (before !== undefined && (rows === undefined || rows.last < before.last))
    throw cannotFollow(
      path,
      `events were removed: its last row was ${before.last}, and is ${rows?.last ?? 'none'}`,
    );
}

/** Without an index: the rows of the attribute table, of which those that were added have to ascend as the others do. */
function ascendingOf(
  { path, readPath, schema, ascending }: Recording,
  connection: Connection,
): Recording['ascending'] {
  if (ascending === undefined) return undefined;
  const { table, rowid } = schema.attribute;
  const last = connection
    .prepare(`SELECT max(${quoted(rowid as string)}) FROM ${quoted(table)}`)
    .pluck()
    .get() as number | null;
  if (last === null || last <= ascending.last) return ascending;
  const walk = AscentWalk.open(readPath, schema);
  try {
    const before = walk?.walk(ascending.last, ascending.last, 1);
    const added = walk?.walk(ascending.last + 1, last, Number.POSITIVE_INFINITY);
    if (before === undefined || added === undefined || !joined(before, added).isAscending)
      throw needsIndex(path, schema);
  } finally {
    walk?.close();
  }
  return { ...ascending, last };
}

/** What is known of the last events. */
function endOf(
  connection: Connection,
  { schema }: Recording,
  rows: RowRange | undefined,
): Pick<FollowedState, 'last' | 'beforeLast' | 'reachedS' | 'placeS' | 'isJumping'> {
  const unknown = { reachedS: Number.NaN, placeS: Number.NaN, isJumping: false };
  if (rows === undefined) return { last: undefined, beforeLast: undefined, ...unknown };
  const { table, rowid } = schema.event;
  const lastRows = connection
    .prepare(
      `SELECT ${quoted(rowid)} FROM ${quoted(table)} NOT INDEXED WHERE ${quoted(rowid)} <= ? ORDER BY ${quoted(rowid)} DESC LIMIT ?`,
    )
    .pluck()
    .safeIntegers()
    .all(rows.last, EVENTS_AT_END) as bigint[];
  const [last] = landmarksOf(connection, schema, { first: rows.last, last: rows.last });
  const from = lastRows.at(-1) ?? rows.last;
  const times = new EventTable(connection, schema).times(from, EVENTS_AT_END, rows.last);
  const timesS = times.map(({ dueTimeS }) => dueTimeS).filter((timeS) => !Number.isNaN(timeS));
  const ends = { last, beforeLast: lastRows[1] };
  if (timesS.length === 0) return { ...ends, ...unknown };
  const { placeS, needsMore } = findStrays(timesS, timesS.length, timesS[0]);
  return { ...ends, reachedS: Math.min(...timesS), placeS, isJumping: needsMore };
}

/** What the file system tells of a database and its log. @throws TcsReplayError `READ_FAILED` where it is gone */
function filesOf(path: string): Pick<FollowedState, 'files' | 'isSettled' | 'inode'> {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) throw cannotFollow(path, 'the file is gone');
  const log = statSync(`${realpathSync(path)}-wal`, { bigint: true, throwIfNoEntry: false });
  const stats = log === undefined ? [stat] : [stat, log];
  const latestMs = Math.max(...stats.map(({ mtimeMs }) => Number(mtimeMs)));
  return {
    files: stats.map(({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`).join(', '),
    isSettled: Date.now() - latestMs >= CLOCK_TICK_MS,
    inode: `${stat.dev} ${stat.ino}`,
  };
}
