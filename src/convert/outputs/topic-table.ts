import { RowBlock } from '../../formats/row-block.js';
import type { Column } from '../../formats/table.js';
import { PayloadScanner } from '../../payload/payload-scanner.js';
import type { KeyEntry } from '../topic-keys.js';
import { PayloadStore } from './payload-store.js';
import type { ColumnKey, TopicColumns } from './topic-columns.js';

/** What could not be held as it is. */
export interface TableLosses {
  /** Events with a time that is none, or out of range. */
  unusableTimes: number;
  /** Events whose payload is no JSON object. */
  leftOut: number;
}

/** One for all tables: it keeps nothing. */
const scanner = new PayloadScanner();

/** Events of one topic that wait to become rows: their payloads, and where in them the cells are. */
export class TopicTable {
  /** What rows are written as: to be set before the first are. */
  columns: readonly Column[] | undefined;
  private readonly _topic: TopicColumns;
  private _payloads = new PayloadStore();
  private _block = new RowBlock();

  /** @param topic columns of the topic, to which those of new keys are added */
  constructor(topic: TopicColumns) {
    this._topic = topic;
  }

  /** Bytes that wait: payloads and cells. */
  get waitingBytes(): number {
    return this._payloads.sizeBytes + this._block.sizeBytes;
  }

  /** Events that wait. */
  get waitingEvents(): number {
    return this._block.rowCount;
  }

  /**
   * Takes an event.
   *
   * @param bytes with the payload at `start..end`; it is copied
   * @param seesTypes whether the types of its values are noted
   * @param losses to which they are added
   */
  add(bytes: Buffer, start: number, end: number, seesTypes: boolean, losses: TableLosses): void {
    const { keys } = this._topic;
    const from = this._payloads.add(bytes, start, end);
    const { chunk } = this._payloads;
    if (!scanner.scan(chunk, from, from + end - start)) {
      losses.leftOut += 1;
      return;
    }
    const block = this._block;
    block.begin(chunk, this._topic.count);
    let entry: KeyEntry<ColumnKey> | undefined;
    let isTimeLost = false;
    for (let member = 0; member < scanner.memberCount; member++) {
      entry = keys.at(scanner, chunk, member, entry);
      const { value } = entry;
      const [valueAt, valueEnd] = [scanner.valueAt(member), scanner.valueEnd(member)];
      const kind = scanner.kind(member);
      if (seesTypes) value.see(kind, chunk, valueAt, valueEnd);
      // A key can occur twice: the last value counts.
      if (kind === 'null') block.empty(value.column);
      else block.set(value.column, valueAt, valueEnd, scanner.isPlain(member));
      if (value.isTime) isTimeLost ||= Number.isNaN(block.timeUs(value.column, block.rowCount));
    }
    block.rowCount += 1;
    if (isTimeLost) losses.unusableTimes += 1;
  }

  /** The rows of the events that wait, which the caller owns. */
  take(): RowBlock {
    const block = this._block;
    this._block = new RowBlock();
    this._payloads = new PayloadStore();
    return block;
  }
}
