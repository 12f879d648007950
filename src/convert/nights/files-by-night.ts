import type { DecoderPool } from '../../prepare/decoder-pool.js';
import { nightsOf } from '../../selection/nights.js';
import type { Extent } from '../../selection/time-point.js';
import type { TimeZone } from '../../selection/time-zone.js';
import { DAY_S, LAST_DATE_S } from '../../shared/calendar.js';
import { plain } from '../../shared/plain-text.js';
import { ofEachFile } from '../../sources/open-sources.js';
import { findRecordings, type PassedOver } from '../../sources/recording-files.js';

/** A file that is longer is none of one night. */
const LONGEST_S = 36 * 3600;

/** The files of a night. */
export interface NightFiles {
  /** Date of its evening, in days since 1970-01-01. */
  readonly night: number;
  readonly paths: readonly string[];
}

export interface FilesByNight {
  /** In order of time. */
  readonly nights: readonly NightFiles[];
  /** Files that are of no one night. */
  readonly withoutNight: readonly PassedOver[];
  /** Files that were found in folders, or by patterns, and cannot be read. */
  readonly unreadable: readonly PassedOver[];
}

/**
 * Groups recordings by night: a file is of the night in which the middle of its time lies, unless it is longer than a night can be.
 *
 * @param paths files, folders and patterns
 * @throws TcsReplayError as `Archive.open` for what cannot be read
 */
export async function filesByNight(
  pool: DecoderPool,
  paths: readonly string[],
  zone: TimeZone,
  onNotice: (notice: string) => void,
): Promise<FilesByNight> {
  const { files, passedOver } = await findRecordings(paths);
  const unreadable = [...passedOver];
  for (const { reason } of passedOver) onNotice(plain(reason));
  const timed = await ofEachFile(
    files,
    async ({ path }) => ({ path, times: await timesOf(pool, path) }),
    ({ path }, { message }) => {
      onNotice(`Passed over: ${message}`);
      unreadable.push({ path, reason: message });
    },
  );
  const nights = new Map<number, string[]>();
  const withoutNight: PassedOver[] = [];
  for (const { path, times } of timed) {
    const night = nightOf(times, zone);
    if (typeof night === 'number') nights.set(night, [...(nights.get(night) ?? []), path]);
    else {
      const reason = `${path} is of no one night: ${night}`;
      onNotice(`Passed over: ${reason}`);
      withoutNight.push({ path, reason });
    }
  }
  return {
    nights: [...nights].sort(([a], [b]) => a - b).map(([night, of]) => ({ night, paths: of })),
    withoutNight,
    unreadable,
  };
}

/** The times of the first and the last event. */
async function timesOf(pool: DecoderPool, path: string): Promise<Extent> {
  const found = await pool.find(path);
  const { firstS, lastS } = found.dataTimes;
  if (!Number.isNaN(firstS) && !Number.isNaN(lastS)) return found.dataTimes;
  const { firstTimeS, lastTimeS } = await pool.prepare(found);
  return { firstS: firstTimeS, lastS: lastTimeS };
}

/** @returns the night; where it is none, why */
function nightOf({ firstS, lastS }: Extent, zone: TimeZone): number | string {
  const middleS = (firstS + lastS) / 2;
  if (!(Math.abs(middleS) < LAST_DATE_S - 2 * DAY_S)) return 'no event has a usable time';
  const spanS = Math.abs(lastS - firstS);
  if (spanS > LONGEST_S) {
    const days = (spanS / DAY_S).toFixed(1);
    return `its events span ${days} days; convert it by itself, divided by --partition night, or cut by --night`;
  }
  return nightsOf({ firstS: middleS, lastS: middleS }, zone)?.first ?? 'no event has a usable time';
}
