import { statSync } from 'node:fs';
import type { StretchResult } from '../database/check/event-check.js';
import { type Finding, type FindingKind, FindingList } from '../database/check/finding.js';
import type { Recording } from '../database/recording.js';
import { cutRows, type RowRange } from '../database/rows.js';
import { isDatabase } from '../formats/file-recording.js';
import { optionValue } from '../options/option-table.js';
import { closeOnAbort } from '../prepare/close-on-abort.js';
import { DecoderPool } from '../prepare/decoder-pool.js';
import { withSafeCallbacks } from '../shared/callbacks.js';
import { PROGRESS_INTERVAL_MS } from '../shared/clock.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import type { NameOf } from '../shared/expect.js';
import { findRecordings } from '../sources/recording-files.js';
import { type CheckProgress, type FileCheck, verdictOf } from './file-check.js';
import { FormatCheck } from './format-check.js';

export interface CheckOptions {
  /** Files, folders, and patterns of names. */
  readonly databases: readonly string[];
  /** Names of tables and columns, as `ReplayOptions.schema`. Default: none. */
  readonly schema?: string | readonly string[];
  /** Leave out of SQLite's check whether indices agree with their tables. Default false. */
  readonly quick?: boolean;
  /** Threads that read. 1 to 64; default: one a core, at most 4. */
  readonly workers?: number;
  /** As `ReplayOptions.busyTimeoutS`. Default 60. */
  readonly busyTimeoutS?: number;
  /** Ends the check when it is aborted. SQLite's own check then still goes on in its thread, which keeps nothing waiting. */
  readonly signal?: AbortSignal;
  /** Called a few times a second. */
  readonly onProgress?: (progress: CheckProgress) => void;
  /** Called with a sentence where a database is locked, or what was kept of one cannot be used. Default: none. */
  readonly onNotice?: (notice: string) => void;
}

const EVENTS_A_STRETCH = 2048;
/** Errors that are findings about the file; with others the file could not be checked. */
const FINDINGS_OF_ERRORS: Partial<Record<string, FindingKind>> = {
  NOT_A_DATABASE: 'notADatabase',
  READ_FAILED: 'unreadableFile',
  UNKNOWN_SCHEMA: 'unknownSchema',
};

/**
 * Checks databases, one after the other: the file by SQLite's own check, the tables, and all events.
 *
 * @param nameOf what the user calls an option, for errors
 * @throws TcsReplayError `BAD_OPTION`; where `signal` ended it, `WORKER_FAILED`. Why a database could not be checked is in
 *   its result.
 */
export async function check(
  options: CheckOptions,
  nameOf: NameOf<'schema' | 'workers' | 'busyTimeoutS'> = (option) => option,
): Promise<FileCheck[]> {
  const { databases, quick = false, signal, onProgress, onNotice } = withSafeCallbacks(options);
  // SQLite's own check is one long statement, during which the main thread would take no signal.
  const workers = Math.max(1, optionValue('workers', options.workers, nameOf('workers')));
  const busyTimeoutS = optionValue('busyTimeoutS', options.busyTimeoutS, nameOf('busyTimeoutS'));
  const schema = optionValue('schema', options.schema, nameOf('schema'));
  const { files, passedOver } = await findRecordings(databases);
  const pool = new DecoderPool(workers, {
    schema,
    schemaOption: nameOf('schema'),
    busyTimeoutS,
    onNotice,
  });
  const removeListener = closeOnAbort(pool, signal);
  try {
    signal?.throwIfAborted();
    const checks = passedOver.map(({ path, reason }) => unchecked(path, reason));
    for (const { path } of files) {
      const found = await pool.find(path).catch(() => undefined);
      const file =
        found !== undefined && 'format' in found
          ? new FormatCheck(pool, found)
          : new DatabaseCheck(pool, path, quick, workers);
      const timer = onProgress && setInterval(() => onProgress(file.progress), PROGRESS_INTERVAL_MS);
      try {
        checks.push(await file.run());
      } catch (error) {
        signal?.throwIfAborted();
        checks.push(unchecked(path, messageOf(error)));
      } finally {
        clearInterval(timer);
      }
    }
    return checks;
  } finally {
    removeListener();
    await pool.close();
  }
}

function unchecked(path: string, failure: string): FileCheck {
  return { path, verdict: 'unchecked', failure, events: 0, findings: [] };
}

class DatabaseCheck {
  private readonly _pool: DecoderPool;
  private readonly _path: string;
  private readonly _isQuick: boolean;
  private readonly _workers: number;
  private readonly _found = new FindingList();
  private _events = 0;
  private _rowsDone = 0n;
  private _rows = 0n;
  private _isIntegrityDue = true;

  constructor(pool: DecoderPool, path: string, isQuick: boolean, workers: number) {
    this._pool = pool;
    this._path = path;
    this._isQuick = isQuick;
    this._workers = workers;
  }

  get progress(): CheckProgress {
    const share = this._rows === 0n ? 0 : Number((this._rowsDone * 1000n) / this._rows) / 1000;
    return { path: this._path, events: this._events, share, isIntegrityDue: this._isIntegrityDue };
  }

  async run(): Promise<FileCheck> {
    const opened = await this._orFound(this._pool.open(this._path), undefined);
    const recording = opened && isDatabase(opened) ? opened : undefined;
    if (!this._found.findings.some(({ kind }) => kind === 'notADatabase')) await this._check(recording);
    const change = recording && (await this._pool.run('changeOf', recording));
    if (change?.kind === 'changed')
      return unchecked(this._path, `${this._path} has changed while it was checked: ${change.found}`);
    const findings = this._found.findings;
    const verdict = verdictOf(findings);
    return { path: this._path, verdict, failure: undefined, events: this._events, findings };
  }

  /** The result of a task; where its failure is a finding about the file, `otherwise`. */
  private async _orFound<T, U>(task: Promise<T>, otherwise: U): Promise<T | U> {
    try {
      return await task;
    } catch (error) {
      const kind = error instanceof TcsReplayError ? FINDINGS_OF_ERRORS[error.code] : undefined;
      if (kind === undefined || !isFile(this._path)) throw error;
      this._found.add(kind, { message: messageOf(error) });
      return otherwise;
    }
  }

  private async _check(recording: Recording | undefined): Promise<void> {
    // A normal form is no copy of the file.
    const copy = recording?.schema.shape === undefined ? recording?.readPath : undefined;
    const integrity = this._orFound(this._pool.checkIntegrity(this._path, copy, this._isQuick), []);
    const tables = recording === undefined ? [] : this._orFound(this._pool.run('checkTables', recording), []);
    const parts =
      recording === undefined
        ? []
        : this._parts(recording).map((part) => this._orFound(this._checkPart(recording, part), []));
    integrity
      .finally(() => {
        this._isIntegrityDue = false;
      })
      .catch(() => {});
    for (const found of await Promise.all([integrity, tables, ...parts])) this._found.merge(found);
  }

  /** A range of rows for each thread. */
  private _parts({ rows }: Recording): RowRange[] {
    if (rows === undefined) return [];
    this._rows = rows.last - rows.first + 1n;
    return cutRows(rows, Math.max(1, this._workers));
  }

  private async _checkPart(recording: Recording, { first, last }: RowRange): Promise<Finding[]> {
    const found = new FindingList();
    let lastS = Number.NaN;
    for (let from: bigint | undefined = first; from !== undefined; ) {
      const stretch: StretchResult = await this._pool.run('checkEvents', {
        recording,
        first: from,
        last,
        count: EVENTS_A_STRETCH,
        lastS,
      });
      const { events, next, findings } = stretch;
      lastS = stretch.lastS;
      found.merge(findings);
      this._events += events;
      this._rowsDone += (next ?? last + 1n) - from;
      from = next;
    }
    return found.findings;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
