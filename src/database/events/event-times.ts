/** The recorded times of an event, in Unix seconds; NaN where a time is missing or unusable. */
export interface EventTimes {
  readonly row: bigint;
  /** Data time: the event table's, or else the attribute's. */
  readonly dataTimeS: number;
  /** Due time: the wire time, or else the data time, the attribute's before the table's. */
  readonly dueTimeS: number;
}

/**
 * The times of an event by those that are stored; NaN where one is missing or unusable.
 *
 * @param tableTimeS data time of the event table
 * @param dataTimeS data time of the attribute
 */
export function eventTimes(
  row: bigint,
  tableTimeS: number,
  dataTimeS: number,
  wireTimeS: number,
): EventTimes {
  return {
    row,
    dataTimeS: firstNumber(tableTimeS, dataTimeS),
    dueTimeS: firstNumber(wireTimeS, firstNumber(dataTimeS, tableTimeS)),
  };
}

function firstNumber(first: number, other: number): number {
  return Number.isNaN(first) ? other : first;
}
