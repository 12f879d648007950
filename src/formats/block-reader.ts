import { Batch, BatchBuilder } from '../batch/batch.js';
import type { Damage } from '../batch/damage.js';
import { type Oddity, oddityOf } from '../batch/warnings.js';
import {
  type EventRowReader,
  NO_BREAKS,
  type ReadBreaks,
  type ReadResult,
} from '../database/events/event-rows.js';
import type { ReadRules } from '../database/recording.js';
import type { RowRange, Rows } from '../database/rows.js';
import { encodeMsgpack } from '../encode/encode-msgpack.js';
import { RangeCursor } from '../selection/time-ranges.js';
import { topicTest } from '../selection/topic-filter.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { BlockEncoder } from './block-encoder.js';
import { BlockStates } from './block-states.js';
import { BlockTable } from './block-table.js';
import { type EventBlock, NO_EVENT } from './event-block.js';
import type { FileRecording } from './file-recording.js';
import { parsePayload } from './parse-payload.js';
import { RecordingBlocks } from './recording-blocks.js';

/** A batch ends when its payloads reach this size, as that of a database does. */
const FULL_BYTES = 2 << 20;
/** Events between two breaks: they take less than a millisecond. */
const EVENTS_A_BREAK = 256;

/** Reads events of a file and encodes them into batches. One a thread. */
export class BlockReader implements EventRowReader {
  readonly table: BlockTable;
  readonly states: BlockStates;
  private readonly _path: string;
  private readonly _rules: ReadRules;
  private readonly _blocks: RecordingBlocks;
  private readonly _isWanted: (topic: string) => boolean;
  private readonly _builder = new BatchBuilder();
  private readonly _encoder: BlockEncoder;
  private _topics = new Map<string, number>();
  private _oddities: Oddity[] = [];
  private _damage: Damage[] = [];
  private _selected: RangeCursor | undefined;

  constructor(recording: FileRecording, rules: ReadRules) {
    this._path = recording.path;
    this._rules = rules;
    this._blocks = new RecordingBlocks(recording);
    this.table = new BlockTable(this._blocks);
    this.states = new BlockStates(recording.path, this._blocks, this.table, rules);
    this._isWanted = topicTest(rules.filter);
    this._encoder = new BlockEncoder(this._builder, rules, (kind) =>
      this._oddities.push(oddityOf(this._builder.count, kind)),
    );
  }

  read(rows: Rows, breaks: ReadBreaks = NO_BREAKS): ReadResult {
    try {
      this._selected = this._rules.ranges && new RangeCursor(this._rules.ranges);
      const rest = 'list' in rows ? this._readList(rows.list, breaks) : this._readRange(rows, breaks);
      return { buffer: this._pack(), rest };
    } catch (error) {
      this._pack();
      throw error instanceof TcsReplayError
        ? error
        : new TcsReplayError('READ_FAILED', `Cannot read ${this._path}: ${messageOf(error)}`, {
            cause: error,
          });
    }
  }

  close(): void {
    this._blocks.close();
  }

  private _readRange({ first, last }: RowRange, breaks: ReadBreaks): Rows | undefined {
    const end = Math.min(Number(last), this._blocks.rows);
    for (let row = Math.max(1, Number(first)); row <= end; ) {
      if (this._mustEnd(breaks)) return { first: BigInt(row), last };
      const number = this._blocks.numberOf(row);
      const block = this._blocks.block(number);
      const from = row - 1 - block.rowsBefore;
      const blockEnd = Math.min(end, this._blocks.lastRowOf(number)) - block.rowsBefore;
      const stop = Math.min(blockEnd, from + EVENTS_A_BREAK);
      for (let at = from; at < stop; at++) this._add(block, at);
      this._blocks.addDamage(this._damage, number, from, stop);
      row = block.rowsBefore + stop + 1;
    }
    return undefined;
  }

  private _readList(list: BigInt64Array<ArrayBuffer>, breaks: ReadBreaks): Rows | undefined {
    for (const [i, id] of list.entries()) {
      if (i % EVENTS_A_BREAK === 0 && this._mustEnd(breaks)) return { list: list.slice(i) };
      if (this._builder.length >= FULL_BYTES) return { list: list.slice(i) };
      const { block, at } = this._blocks.at(Number(id));
      this._add(block, at);
      this._blocks.addDamage(this._damage, this._blocks.numberOf(Number(id)), at, at + 1);
    }
    return undefined;
  }

  private _mustEnd(breaks: ReadBreaks): boolean {
    if (this._builder.length >= FULL_BYTES || breaks.mustEnd()) return true;
    if (breaks.mayRest) breaks.rest();
    return false;
  }

  private _add(block: EventBlock, at: number): void {
    const number = block.topicOf[at];
    if (number <= NO_EVENT) return;
    const topic = block.topics[number];
    if (this._rules.filter !== undefined && !this._isWanted(topic)) {
      this._builder.skipped += 1;
      return;
    }
    if (this._selected?.isWithin(block.dueOf(at)) === false) return;
    let id = this._topics.get(topic);
    if (id === undefined) {
      id = this._topics.size;
      this._topics.set(topic, id);
    }
    this._encoder.add(block, at, id);
  }

  private _pack(): ArrayBuffer {
    const meta = { topics: [...this._topics.keys()], oddities: this._oddities, damage: this._damage };
    this._topics = new Map();
    this._oddities = [];
    this._damage = [];
    const buffer = this._builder.pack({ ...meta, format: 'json' });
    if (this._rules.format === 'json') return buffer;
    encodeMsgpack(new Batch(buffer), this._builder, parsePayload);
    return this._builder.pack({ ...meta, format: 'msgpack' });
  }
}
