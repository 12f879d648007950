import type { Column, ColumnType } from '../../formats/table.js';
import { type KeyTypes, SeenTypes } from '../seen-types.js';
import { TopicKeys } from '../topic-keys.js';

/** The columns that each table begins with. */
const TIME_KEYS = ['__wire_time', '__data_time'];

/** A key of a topic. */
export class ColumnKey extends SeenTypes {
  /** Number of its column. */
  readonly column: number;

  constructor(key: string, column: number) {
    super(key);
    this.column = column;
  }

  get isTime(): boolean {
    return this.column < TIME_KEYS.length;
  }
}

/** The columns of a topic: one for each key that its events have had. The two times come first. */
export class TopicColumns {
  readonly keys = new TopicKeys((key) => new ColumnKey(key, this._columnOf(key)));
  private _count = TIME_KEYS.length;

  /** Number of columns. */
  get count(): number {
    return this._count;
  }

  /** The columns, whose types are those of all values so far, or text. */
  columns(): Column[] {
    const others = this.keys.values().filter(({ isTime }) => !isTime);
    return [
      ...TIME_KEYS.map((name): Column => ({ name, type: 'time' })),
      ...others.map((types): Column => ({ name: types.key, type: columnType(types) })),
    ];
  }

  private _columnOf(key: string): number {
    const time = TIME_KEYS.indexOf(key);
    return time === -1 ? this._count++ : time;
  }
}

function columnType({ kinds, isDouble }: KeyTypes): ColumnType {
  const [kind, ...others] = kinds;
  if (others.length > 0) return 'text';
  if (kind === 'number') return isDouble ? 'number' : 'text';
  return kind === 'boolean' ? 'boolean' : 'text';
}
