import type { AnyFound } from '../formats/file-recording.js';
import type { DecoderPool } from '../prepare/decoder-pool.js';
import { unused } from '../prepare/kept-prepared.js';
import type { PreparedFile } from '../prepare/prepared-file.js';
import { formOf, type PreparedForm } from '../prepare/prepared-form.js';
import { TcsReplayError } from '../shared/errors.js';
import { makePrepared } from './make-prepared.js';
import { PreparedSource } from './prepared-source.js';
import type { RecordingFile } from './recording-files.js';
import { RecordingSource, type RecordingSourceOptions } from './recording-source.js';

/** How prepared files are used. */
export interface PreparedUse {
  /** Whether prepared files are read in place of the databases that they were made of. */
  readonly prepared: boolean;
  /** Whether databases that have no prepared file are prepared before they are played. */
  readonly prepare: boolean;
  /** See `RecordingSourceOptions`. Default false. */
  readonly mayAssumeAscent?: boolean;
  /** Path of the database that is followed; undefined: none is. */
  readonly followed?: string | undefined;
}

/** A database that was found, or its prepared file. */
type FoundSource = RecordingFile & Pick<AnyFound, 'dataTimes'> & FoundWay;

type FoundWay =
  | { readonly prepared: PreparedFile }
  | { readonly database: AnyFound }
  | { readonly isFollowed: true };

/** Opens recordings: their prepared files where they have some that are fresh, otherwise the databases. */
export class RecordingOpener {
  private readonly _pool: DecoderPool;
  private readonly _options: RecordingSourceOptions;
  private readonly _use: PreparedUse;
  private readonly _form: PreparedForm;
  private readonly _onNotice: (notice: string) => void;

  constructor(
    pool: DecoderPool,
    options: RecordingSourceOptions,
    use: PreparedUse,
    onNotice: (notice: string) => void,
  ) {
    this._pool = pool;
    this._options = options;
    this._use = use;
    this._form = formOf(options.sortBy, options.rules);
    this._onNotice = onNotice;
  }

  /** Finds out what a file is. @throws TcsReplayError as `DecoderPool.find` */
  async find(file: RecordingFile): Promise<FoundSource> {
    if (file.path === this._use.followed) return this._findFollowed(file);
    const prepared = this._use.prepared ? await this._pool.findPrepared(file.path, this._form) : undefined;
    if (prepared !== undefined) return { ...file, dataTimes: prepared.facts.dataTimes, prepared };
    const database = await this._pool.find(file.path);
    return { ...file, dataTimes: database.dataTimes, database };
  }

  /** Opens what was found. @throws TcsReplayError as `RecordingSource.open` */
  async open(found: FoundSource): Promise<RecordingSource | PreparedSource> {
    const { path } = found;
    if ('prepared' in found) return this._preparedSource(path, found.prepared);
    if ('isFollowed' in found) return RecordingSource.follow(this._pool, path, this._options);
    const prepared = this._use.prepare ? await this._prepare(found.database) : undefined;
    if (prepared !== undefined) return this._preparedSource(path, prepared);
    return RecordingSource.prepare(this._pool, found.database, {
      ...this._options,
      mayAssumeAscent: this._use.mayAssumeAscent,
    });
  }

  /** It is prepared when it is opened: in the meantime it may have grown. */
  private async _findFollowed(file: RecordingFile): Promise<FoundSource> {
    const found = await this._pool.find(file.path);
    if ('format' in found)
      throw new TcsReplayError(
        'NOT_A_DATABASE',
        `Cannot follow ${file.path}: only SQLite databases are followed`,
      );
    return { ...file, dataTimes: found.dataTimes, isFollowed: true };
  }

  private async _prepare(database: AnyFound): Promise<PreparedFile | undefined> {
    const { path } = database;
    const making = makePrepared(this._pool, database, this._form, this._options);
    const { fault } = await making.catch((error) => {
      if (error instanceof TcsReplayError && error.code === 'WRITE_FAILED') return { fault: error.message };
      throw error;
    });
    if (fault === undefined) return this._pool.findPrepared(path, this._form);
    this._onNotice(`${path} is not prepared: ${fault}; the database is read`);
    return undefined;
  }

  private _preparedSource(path: string, file: PreparedFile): PreparedSource {
    return new PreparedSource(this._pool, path, file, {
      filter: this._options.rules.filter,
      budget: this._options.budget,
      openDatabase: () => RecordingSource.open(this._pool, path, this._options),
      onFault: (fault) => {
        const { identity } = file.facts.recording;
        if (identity !== undefined) this._pool.discardPrepared(identity, this._form);
        this._onNotice(unused(path, fault));
      },
    });
  }
}
