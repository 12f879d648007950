import type { IdOrder } from '../pages/id-order.js';
import type { TableCursor } from '../pages/table-cursor.js';

/** Positions of columns in the records of their tables. */
export interface RowColumns {
  readonly event: EventColumns;
  readonly attribute: AttributeColumns;
}

/** Positions of the columns of the event table in its records. */
export interface EventColumns {
  /** -1: the id is the row id. */
  readonly id: number;
  /** -1: there is none. */
  readonly dataTime: number;
  /** Of the columns that the topic is made of; empty where it is made of attributes. */
  readonly topic: readonly number[];
}

/** Positions of the columns of the attribute table in its records. */
export interface AttributeColumns {
  readonly eventId: number;
  readonly key: number;
  readonly value: number;
  /** -1: there is none. */
  readonly dataType: number;
}

/** Reads the rows of one event after the other. What it does not know how to read is an `OddRow`. */
export interface RowReader {
  /** Attribute rows of the last event. */
  readonly rows: number;
  /** The ids of the events since it was cleared. */
  readonly ids: IdOrder;
  /** To be called before each chunk. */
  refresh(): void;
  /**
   * Whether the event on which a cursor stands has a topic that is wanted. True where only its attributes tell.
   *
   * @throws OddRow
   */
  isWanted(events: TableCursor): boolean;
  /**
   * Reads an event.
   *
   * @param events stands on the event, which `isWanted` has looked at; it is not moved
   * @param attributes stands on the first row of the event's attributes; afterwards on the first row that follows them
   * @returns whether its topic is wanted; otherwise nothing of it is kept
   * @throws OddRow where the event is to be left to SQLite; nothing of it is kept then, and `attributes` stands somewhere
   */
  take(events: TableCursor, attributes: TableCursor): boolean;
}
