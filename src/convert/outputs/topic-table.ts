import { CELL, RowBlock } from '../../formats/row-block.js';
import type { Column, ColumnType } from '../../formats/table.js';
import { PayloadScanner } from '../../payload/payload-scanner.js';
import { type KeyEntry, TopicKeys } from '../topic-keys.js';
import type { KeyTypes } from '../type-survey.js';

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
  readonly columns: readonly Column[];
  private readonly _keys: TopicKeys<number>;
  private readonly _scanner = new PayloadScanner();
  private _bytes = Buffer.allocUnsafe(4096);
  private _ends: number[] = [];
  private _length = 0;

  constructor(columns: readonly Column[]) {
    this.columns = columns;
    const indexOf = new Map(columns.map(({ name }, index) => [name, index]));
    this._keys = new TopicKeys((key) => indexOf.get(key) ?? -1);
  }

  /** Bytes that wait. */
  get waitingBytes(): number {
    return this._length;
  }

  /** Events that wait. */
  get waitingEvents(): number {
    return this._ends.length;
  }

  /** Takes an event. @param bytes with the payload at `start..end`; it is copied */
  add(bytes: Buffer, start: number, end: number): void {
    const to = this._length + end - start;
    if (to > this._bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(to, 2 * this._bytes.length));
      this._bytes.copy(larger, 0, 0, this._length);
      this._bytes = larger;
    }
    bytes.copy(this._bytes, this._length, start, end);
    this._length = to;
    this._ends.push(to);
  }

  /** Makes rows of the events that wait. @param losses to which they are added */
  take(losses: TableLosses): RowBlock {
    const block = new RowBlock(this._bytes, this.columns.length, this._ends.length);
    let start = 0;
    for (const end of this._ends) {
      if (this._row(block, start, end, losses)) block.rowCount += 1;
      else losses.leftOut += 1;
      start = end;
    }
    this._ends = [];
    this._length = 0;
    this._bytes = Buffer.allocUnsafe(4096);
    return block;
  }

  private _row(block: RowBlock, start: number, end: number, losses: TableLosses): boolean {
    const scanner = this._scanner;
    if (!scanner.scan(this._bytes, start, end)) return false;
    let entry: KeyEntry<number> | undefined;
    let isTimeLost = false;
    for (let member = 0; member < scanner.memberCount; member++) {
      entry = this._keys.at(scanner, this._bytes, member, entry);
      const column = entry.value;
      // A key that the survey did not see: its source has changed since.
      if (column === -1) continue;
      const at = block.next(column);
      // A key can occur twice.
      if (scanner.kind(member) === 'null') block.cells[at] = CELL.none;
      else block.set(at, scanner.valueAt(member), scanner.valueEnd(member), scanner.isPlain(member));
      if (this.columns[column].type === 'time') isTimeLost ||= Number.isNaN(block.timeUs(at));
    }
    if (isTimeLost) losses.unusableTimes += 1;
    return true;
  }
}
