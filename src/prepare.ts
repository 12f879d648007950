import { OPTIONS } from './options/option-table.js';
import type { ReplayOptions } from './options/replay-options.js';
import { resolveOptions } from './options/resolve-options.js';
import { closeOnAbort } from './prepare/close-on-abort.js';
import { DecoderPool } from './prepare/decoder-pool.js';
import { formOf } from './prepare/prepared-form.js';
import { withSafeCallbacks } from './shared/callbacks.js';
import { TcsReplayError } from './shared/errors.js';
import type { NameOf } from './shared/expect.js';
import { makePrepared } from './sources/make-prepared.js';
import { ReadAheadBudget } from './sources/read-ahead-budget.js';
import { findRecordings } from './sources/recording-files.js';
import { databaseOptions } from './sources/recording-source.js';

/** Options of `prepare`: those of a replay that shape its events. */
export type PrepareOptions = Pick<
  ReplayOptions,
  | 'databases'
  | 'convertNumber'
  | 'convertBool'
  | 'times'
  | 'format'
  | 'sortBy'
  | 'schema'
  | 'workers'
  | 'reader'
  | 'busyTimeoutS'
  | 'cacheFolder'
  | 'cacheLimitBytes'
  | 'onNotice'
  | 'onPreparation'
  | 'signal'
>;

/** What became of preparing a database. */
export interface PreparedDatabase {
  readonly path: string;
  /**
   * `made`: it has a prepared file now; `fresh`: it had one, which is still of use; `none`: it has none, and is read when it
   * is played
   */
  readonly state: 'made' | 'fresh' | 'none';
  /** Size of the prepared file in bytes; 0: there is none. */
  readonly sizeBytes: number;
  /** Number of events in it; 0: there is none. */
  readonly events: number;
  /** Why there is none, in some words; otherwise undefined. */
  readonly reason?: string;
}

/**
 * Prepares databases, one after the other: their events, as a replay with the same options sends them, are kept in the cache.
 * Replays then read these files in place of the databases, as long as the databases do not change.
 *
 * @param nameOf what the user calls an option, for errors
 * @returns in the order in which the databases were found
 * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`
 */
export async function prepare(
  given: PrepareOptions,
  nameOf: NameOf<keyof ReplayOptions> = (option) => option,
): Promise<PreparedDatabase[]> {
  const options = withSafeCallbacks(given);
  const { onNotice, onPreparation, signal } = options;
  const resolved = resolveOptions(options, nameOf);
  const pool = new DecoderPool(resolved.workers, { ...resolved, schemaOption: nameOf('schema'), onNotice });
  const removeListener = closeOnAbort(pool, signal);
  try {
    signal?.throwIfAborted();
    if (!pool.canKeep) {
      throw new TcsReplayError(
        'NO_SUCH_FILE',
        `Expected a home folder, in which prepared files are kept; found none: give ${nameOf('cacheFolder')}, or set HOME`,
      );
    }
    const budget = new ReadAheadBudget(OPTIONS.readAheadBytes.default);
    const readOptions = { ...databaseOptions(resolved, budget), onPreparation };
    const form = formOf(resolved.sortBy, readOptions.rules);
    const { files, passedOver } = await findRecordings(resolved.databases);
    const none = { state: 'none', sizeBytes: 0, events: 0 } as const;
    const prepared: PreparedDatabase[] = passedOver.map(({ path, reason }) => ({ path, ...none, reason }));
    for (const { path, isNamed } of files) {
      const fresh = await pool.findPrepared(path, form);
      if (fresh !== undefined) {
        const { sizeBytes, events } = fresh;
        prepared.push({ path, state: 'fresh', sizeBytes, events });
        continue;
      }
      try {
        const made = await makePrepared(pool, await pool.find(path), form, readOptions);
        const { fault: reason, sizeBytes = 0, events } = made;
        prepared.push(
          reason === undefined ? { path, state: 'made', sizeBytes, events } : { path, ...none, reason },
        );
      } catch (error) {
        signal?.throwIfAborted();
        if (isNamed || !(error instanceof TcsReplayError) || error.code === 'WRITE_FAILED') throw error;
        prepared.push({ path, ...none, reason: error.message });
      }
    }
    return prepared;
  } finally {
    removeListener();
    await pool.close();
  }
}
