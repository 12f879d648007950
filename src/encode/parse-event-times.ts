import * as json from './json-bytes.js';
import { timeOf } from './time-value.js';

const WIRE_TIME = '"__wire_time"';
const DATA_TIME = '"__data_time"';

/** Receives an event's `__data_time` and `__wire_time` in Unix seconds; NaN where one is not usable. */
type OnEvent = (row: bigint, dataTimeS: number, wireTimeS: number) => void;

/**
 * Reads the times of events from the JSON that the times query makes: an object with a member per event. Its name is
 * the row id. Its value is an object of the attributes that are times; if one occurs twice, the last counts.
 */
export function parseEventTimes(source: Uint8Array, onEvent: OnEvent): void {
  for (let at = 1; source[at] !== json.CLOSE_BRACE; at++) {
    if (source[at] === json.COMMA) at += 1;
    const rowEnd = json.endOfString(source, at + 1);
    const row = BigInt(json.latin1(source, at + 1, rowEnd));
    let dataTimeS = Number.NaN;
    let wireTimeS = Number.NaN;
    at = rowEnd + 3;
    while (source[at] !== json.CLOSE_BRACE) {
      if (source[at] === json.COMMA) at += 1;
      const keyEnd = json.endOfString(source, at + 1) + 1;
      const end = json.endOfScalar(source, keyEnd + 1);
      if (isText(source, at, keyEnd, WIRE_TIME)) wireTimeS = timeOf(source, keyEnd + 1, end);
      else if (isText(source, at, keyEnd, DATA_TIME)) dataTimeS = timeOf(source, keyEnd + 1, end);
      at = end;
    }
    onEvent(row, dataTimeS, wireTimeS);
  }
}

function isText(source: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (source[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
