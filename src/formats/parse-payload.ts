import { literal, PLACEHOLDER } from '../encode/encode-msgpack.js';
import { PayloadScanner } from '../payload/payload-scanner.js';

const scanner = new PayloadScanner();
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_INTEGER = /^-?\d{16,}$/;
/** What stands before a long integer that is put into a string. No JSON has it: a control character is escaped there. */
const MARK = '\0';

/** Parses a payload of any form: see `ParsePayload`. */
export function parsePayload(
  payload: Buffer,
  start: number,
  end: number,
  isSlot: (at: number) => boolean,
): Map<string, unknown> {
  const event = new Map<string, unknown>();
  scanner.scan(payload, start, end);
  for (let i = 0; i < scanner.memberCount; i++)
    event.set(scanner.key(i), isSlot(scanner.valueAt(i)) ? PLACEHOLDER : memberValue(i));
  return event;
}

function memberValue(member: number): unknown {
  const text = scanner.text(member);
  const kind = scanner.kind(member);
  if (kind === 'string') return text;
  if (kind === 'nonFinite') return Number(text);
  return kind === 'object' || kind === 'array' ? nested(text) : literal(text);
}

/** An array or object, in which long integers keep their digits. */
function nested(json: string): unknown {
  const marked = json.replace(STRING_OR_NUMBER, (token) =>
    LONG_INTEGER.test(token) ? JSON.stringify(MARK + token) : token,
  );
  return JSON.parse(marked, (_key, value) =>
    typeof value === 'string' && value.startsWith(MARK) && LONG_INTEGER.test(value.slice(1))
      ? literal(value.slice(1))
      : value,
  );
}
