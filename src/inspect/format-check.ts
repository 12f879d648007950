import { Batch } from '../batch/batch.js';
import type { Damage } from '../batch/damage.js';
import { addOddities, noWarnings } from '../batch/warnings.js';
import { FindingList } from '../database/check/finding.js';
import type { ReadResult } from '../database/events/event-rows.js';
import type { ReadRules } from '../database/recording.js';
import type { Rows } from '../database/rows.js';
import type { FoundFile } from '../formats/file-recording.js';
import type { DecoderPool } from '../prepare/decoder-pool.js';
import { TcsReplayError } from '../shared/errors.js';
import { type CheckProgress, type FileCheck, verdictOf } from './file-check.js';

/** An event that is due earlier than the one ahead of it by more than this is out of order. */
const ORDER_SLACK_S = 1;
const TOPIC_PARTS = 3;
const RULES: ReadRules = {
  ...{ convertNumber: false, convertBool: false, format: 'json', timeSlots: true, keyTime: 'due' },
  ...{ ranges: undefined, filter: undefined, reader: 'pages' },
};

/** Checks a file that is no database: all of it is read, as it is played. */
export class FormatCheck {
  private readonly _pool: DecoderPool;
  private readonly _file: FoundFile;
  private readonly _found = new FindingList();
  private _events = 0;
  private _share = 0;
  private _lastS = Number.NaN;

  constructor(pool: DecoderPool, file: FoundFile) {
    this._pool = pool;
    this._file = file;
  }

  get progress(): CheckProgress {
    return { path: this._file.path, events: this._events, share: this._share, isIntegrityDue: false };
  }

  async run(): Promise<FileCheck> {
    const { path } = this._file;
    try {
      await this._read();
    } catch (error) {
      if (!(error instanceof TcsReplayError) || error.code !== 'READ_FAILED') throw error;
      this._found.add('unreadableFile', { message: error.message });
    }
    const { findings } = this._found;
    return { path, verdict: verdictOf(findings), failure: undefined, events: this._events, findings };
  }

  private async _read(): Promise<void> {
    const recording = await this._pool.prepare(this._file);
    this._addDamage(recording.damage);
    const last = recording.rows?.last ?? 0n;
    for (let rows: Rows | undefined = recording.rows; rows !== undefined; ) {
      const { buffer, rest }: ReadResult = await this._pool.run('read', { recording, rules: RULES, rows });
      this._add(new Batch(buffer));
      rows = rest;
      if (rows !== undefined && 'first' in rows) this._share = Number(rows.first) / Number(last);
    }
    const change = await this._pool.run('changeOf', recording);
    if (change?.kind === 'changed')
      throw new TcsReplayError(
        'READ_FAILED',
        `${recording.path} has changed while it was checked: ${change.found}`,
      );
  }

  private _add(batch: Batch): void {
    this._addDamage(batch.damage);
    const warnings = noWarnings();
    addOddities(warnings, batch.oddities, 0, batch.count);
    for (const kind of ['missingTime', 'missingWireTime', 'noAttributes', 'invalidUtf8'] as const)
      this._found.addUnlocated(kind, warnings[kind]);
    for (let i = 0; i < batch.count; i++) {
      const topic = batch.topics[batch.topicIdOf(i)];
      if (topic.split('.').length !== TOPIC_PARTS) this._found.add('topicForm', { topic });
      const dueS = batch.dueS[i];
      if (dueS < this._lastS - ORDER_SLACK_S) this._found.add('outOfOrder', { topic });
      if (!Number.isNaN(dueS)) this._lastS = dueS;
    }
    this._events += batch.count;
  }

  private _addDamage(damage: readonly Damage[]): void {
    for (const { where, firstRow, lastRow, lostEvents, reason } of damage) {
      const message = where === undefined || where === '' ? reason : where;
      const isOpen = lostEvents === undefined;
      this._found.add('unreadableRows', isOpen ? { message } : { row: firstRow, lastRow, message });
    }
  }
}
