import { type OnPreparation, watched } from '../database/preparation.js';
import { isUnchanged } from '../database/recording.js';
import type { Rows } from '../database/rows.js';
import { type AnyFound, type AnyRecording, isDatabase } from '../formats/file-recording.js';
import type { DecoderPool } from '../prepare/decoder-pool.js';
import { PreparedFileWriter } from '../prepare/prepared-file-writer.js';
import type { PreparedForm } from '../prepare/prepared-form.js';
import type { ReadBatch } from './read-ahead.js';
import { RecordingSource, type RecordingSourceOptions } from './recording-source.js';

/** Events of a block: a jump reads one. */
const BLOCK_EVENTS = 1024;

/** What became of preparing a database. */
export interface MadePrepared {
  /** Of the prepared file, in bytes; undefined: there is none. */
  readonly sizeBytes: number | undefined;
  /** Number of events that were read. */
  readonly events: number;
  /** Why there is none, in some words; undefined where there is one. */
  readonly fault: string | undefined;
}

/**
 * Makes the prepared file of a database, and keeps it in the cache. A database of which not all can be read has none, since
 * another time more of it might be; nor has one that is written to meanwhile.
 *
 * @throws TcsReplayError `READ_FAILED`, `WRITE_FAILED`, `WORKER_FAILED`
 */
export async function makePrepared(
  pool: DecoderPool,
  found: AnyFound,
  form: PreparedForm,
  options: RecordingSourceOptions,
): Promise<MadePrepared> {
  if (!pool.canKeep) {
    const fault = 'there is no folder to keep it in: set HOME, or choose a cache folder';
    return { sizeBytes: undefined, events: 0, fault };
  }
  const rules = { ...options.rules, ranges: undefined, filter: undefined };
  const source = await RecordingSource.prepare(pool, found, { ...options, rules });
  const { identity } = source.recording;
  const making = new Making(source, found);
  if (identity === undefined) return making.none('the database is being written to');
  const sizeBytes = await pool.keepPrepared(identity, form, (path) =>
    making.write(path, options.onPreparation),
  );
  if (sizeBytes !== undefined) return { sizeBytes, events: making.events, fault: undefined };
  return making.none(making.fault ?? 'the cache could not keep it');
}

class Making {
  events = 0;
  fault: string | undefined;
  private readonly _source: RecordingSource;
  private readonly _found: AnyFound;
  private _share = 0;

  constructor(source: RecordingSource, found: AnyFound) {
    this._source = source;
    this._found = found;
  }

  none(fault: string): MadePrepared {
    return { sizeBytes: undefined, events: this.events, fault };
  }

  /** @returns whether the file may be kept */
  write(path: string, onPreparation: OnPreparation | undefined): Promise<boolean> {
    const progress = () => ({ what: 'prepared', share: this._share }) as const;
    return watched(this._write(path), this._source.name, progress, onPreparation);
  }

  private async _write(path: string): Promise<boolean> {
    const arrangement = await this._source.arrangement();
    const writer = await PreparedFileWriter.create(path, arrangement === 'sorted');
    try {
      let end = 0n;
      this._require(this._source.damage.length === 0);
      if (this.fault === undefined) end = await this._writeAll(writer);
      if (!isUnchanged(this._source.recording)) this.fault ??= 'the database was written to meanwhile';
      if (this.fault !== undefined) return false;
      const { recording } = this._source;
      const { dataTimes } = this._found;
      const { firstKeyS } = this._source;
      await writer.finish(
        {
          recording: withoutMade(recording),
          isSnapshot: recording.readPath !== recording.path,
          ...{ dataTimes, firstKeyS, arrangement },
          glance: await this._source.glance(),
          format: this._source.format,
        },
        end,
      );
      return true;
    } finally {
      await writer.close();
    }
  }

  /** @returns one behind the last row */
  private async _writeAll(writer: PreparedFileWriter): Promise<bigint> {
    let row = 0n;
    for await (const read of this._source.readAll(BLOCK_EVENTS)) {
      const { batch, shareAtEnd } = read;
      this._require(batch.damage.length === 0);
      if (this.fault !== undefined) break;
      row = 'list' in read.part ? row : read.part.first;
      await writer.add(batch, row);
      row = endOf(read, row);
      this.events += batch.count;
      this._share = shareAtEnd;
    }
    return row;
  }

  private _require(isWhole: boolean): void {
    if (!isWhole) this.fault ??= 'it is damaged, and what can be read of it may differ from time to time';
  }
}

/** A recording without what was made to read it. */
function withoutMade(recording: AnyRecording): AnyRecording {
  const { path: readPath, state } = recording;
  const bare = isDatabase(recording)
    ? { ...recording, readPath, sideIndexPath: undefined, salvagePath: '' }
    : { ...recording, readPath, indexPath: '' };
  return state === undefined ? bare : ({ ...bare, state: withoutMade(state) } as AnyRecording);
}

/** One behind the last row that a batch was read from. @param row the first one */
function endOf({ part, rest }: ReadBatch<Rows>, row: bigint): bigint {
  if ('list' in part)
    return row + BigInt(part.list.length - (rest !== undefined && 'list' in rest ? rest.list.length : 0));
  return rest !== undefined && 'first' in rest ? rest.first : part.last + 1n;
}
