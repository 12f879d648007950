import { RowBlock } from '../../formats/row-block.js';
import type { Column, ColumnType } from '../../formats/table.js';
import { PayloadScanner } from '../../payload/payload-scanner.js';
import { type KeyEntry, TopicKeys } from '../topic-keys.js';
import type { KeyTypes } from '../type-survey.js';
import { PayloadStore, type StoredPayload } from './payload-store.js';

/** The columns that each table begins with. */
const TIME_KEYS = ['__wire_time', '__data_time'];

/** What becomes of the keys of a topic: a column each, whose type is that of all values, or text. The two times come first. */
export function columnsOf(keys: readonly KeyTypes[]): Column[] {
  const others = keys.filter(({ key }) => !TIME_KEYS.includes(key));
  return [
    ...TIME_KEYS.map((name): Column => ({ name, type: 'time' })),
    ...others.map((types): Column => ({ name: types.key, type: columnType(types) })),
  ];
}

function columnType({ kinds, isDouble }: KeyTypes): ColumnType {
  const [kind, ...others] = kinds;
  if (others.length > 0) return 'text';
  if (kind === 'number') return isDouble ? 'number' : 'text';
  return kind === 'boolean' ? 'boolean' : 'text';
}

/** What could not be held as it is. */
export interface TableLosses {
  /** Events with a time that is none, or out of range. */
  unusableTimes: number;
  /** Events whose payload is no JSON object. */
  leftOut: number;
}

/** Payloads of one topic that wait to become rows. They are kept as bytes: only a block at a time is made of them. */
export class TopicTable {
  private _columns: readonly Column[] | undefined;
  private _keys = new TopicKeys<number>(() => -1);
  private readonly _scanner = new PayloadScanner();
  private _waiting = new PayloadStore();

  /** What rows are made of: to be set before the first are taken. */
  get columns(): readonly Column[] | undefined {
    return this._columns;
  }

  set columns(columns: readonly Column[]) {
    this._columns = columns;
    const indexOf = new Map(columns.map(({ name }, index) => [name, index]));
    this._keys = new TopicKeys((key) => indexOf.get(key) ?? -1);
  }

  /** Bytes that wait. */
  get waitingBytes(): number {
    return this._waiting.sizeBytes;
  }

  /** Events that wait. */
  get waitingEvents(): number {
    return this._waiting.count;
  }

  /** Takes an event. @param bytes with the payload at `start..end`; it is copied */
  add(bytes: Buffer, start: number, end: number): void {
    this._waiting.add(bytes, start, end);
  }

  /** Makes rows of the events that wait. @param losses to which they are added */
  take(losses: TableLosses): RowBlock {
    const columns = this._columns ?? [];
    const block = new RowBlock(columns.length, this._waiting.count);
    for (const payload of this._waiting.payloads()) {
      if (this._row(block, columns, payload, losses)) block.rowCount += 1;
      else losses.leftOut += 1;
    }
    this._waiting = new PayloadStore();
    return block;
  }

  private _row(
    block: RowBlock,
    columns: readonly Column[],
    { bytes, start, end }: StoredPayload,
    losses: TableLosses,
  ): boolean {
    const scanner = this._scanner;
    if (!scanner.scan(bytes, start, end)) return false;
    block.begin(bytes);
    let entry: KeyEntry<number> | undefined;
    let isTimeLost = false;
    for (let member = 0; member < scanner.memberCount; member++) {
      entry = this._keys.at(scanner, bytes, member, entry);
      const column = entry.value;
      // A key that was not seen before the first rows were taken: they are all written once more.
      if (column === -1) continue;
      // A key can occur twice.
      if (scanner.kind(member) === 'null') block.empty(column);
      else block.set(column, scanner.valueAt(member), scanner.valueEnd(member), scanner.isPlain(member));
      if (columns[column].type === 'time') isTimeLost ||= Number.isNaN(block.timeUs(column, block.rowCount));
    }
    if (isTimeLost) losses.unusableTimes += 1;
    return true;
  }
}
