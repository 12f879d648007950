import { forEachMember, parsePart, QUOTE } from '../../encode/json-scan.js';
import { jsonTime } from '../../encode/time-slot.js';
import type { Random } from '../../generate/random.js';
import { bytes, count } from '../../shared/text.js';
import type { EventFault } from './fault-spec.js';

/** A payload with a fault in it. */
export interface Spoilt {
  readonly payload: Buffer;
  /** What was done, in some words. */
  readonly what: string;
}

interface Member {
  readonly key: string;
  readonly keyAt: number;
  readonly keyEnd: number;
  readonly valueAt: number;
  readonly valueEnd: number;
}

const WIRE_TIME = '__wire_time';
const TIMES = [WIRE_TIME, '__data_time'];
/** The key of what fills a huge event. */
const FILLER = '__fault';
/** No UTF-8 has these bytes. */
const NOT_UTF8 = Buffer.from([0xff, 0xfe]);

/**
 * Puts a fault into a copy of an event's payload. What is not the fault stays as it is, byte for byte.
 *
 * @param payload a JSON object without white space
 * @param random chooses the place
 * @returns undefined where the event has no place for the fault, such as no key but the times
 */
export function spoilPayload(fault: EventFault, payload: Buffer, random: Random): Spoilt | undefined {
  const { kind, sizeBytes } = fault;
  if (kind === 'truncate') return truncated(payload, random);
  if (kind === 'huge') return filled(payload, sizeBytes);
  const members = membersOf(payload);
  const own = members.filter(({ key }) =>
    fault.key === undefined ? !TIMES.includes(key) : key === fault.key,
  );
  if (own.length === 0) return undefined;
  const member = random.pick(own);
  const { key, valueAt, valueEnd } = member;
  if (kind === 'wrong-type') {
    const value = Buffer.concat([Buffer.from('['), payload.subarray(valueAt, valueEnd), Buffer.from(']')]);
    return {
      payload: spliced(payload, valueAt, valueEnd, value),
      what: `the value of ${key} is in an array`,
    };
  }
  if (kind === 'nan')
    return { payload: spliced(payload, valueAt, valueEnd, Buffer.from('NaN')), what: `${key} is NaN` };
  if (kind === 'missing-key') return { payload: without(payload, members, member), what: `without ${key}` };
  const at = (payload[valueAt] === QUOTE ? valueAt : member.keyAt) + 1;
  const what = at === valueAt + 1 ? `the value of ${key} is no UTF-8` : `the key ${key} is no UTF-8`;
  return { payload: spliced(payload, at, at, NOT_UTF8), what };
}

/** A payload whose times are later by some time, in microseconds. Times that are no numbers stay. */
export function withLaterTimes(payload: Buffer, byUs: number): Buffer {
  let later = payload;
  // From the last one on: offsets before it stay.
  for (const { key, valueAt, valueEnd } of membersOf(payload).reverse()) {
    if (!TIMES.includes(key)) continue;
    const value = parsePart(payload, valueAt, valueEnd);
    if (typeof value !== 'number') continue;
    later = spliced(later, valueAt, valueEnd, Buffer.from(jsonTime(Math.round(value * 1e6) + byUs)));
  }
  return later;
}

/** A part of a wire time is another time: it is cut off whole. */
function truncated(payload: Buffer, random: Random): Spoilt | undefined {
  if (payload.length < 2) return undefined;
  const end = 1 + random.below(payload.length - 1);
  const wire = membersOf(payload).find(({ key }) => key === WIRE_TIME);
  const isWithin = wire !== undefined && end > wire.valueAt && end <= wire.valueEnd;
  const cut = payload.subarray(0, isWithin ? wire.valueAt : end);
  return {
    payload: Buffer.from(cut),
    what: `cut off after ${count(cut.length)} of ${count(payload.length)} bytes`,
  };
}

function filled(payload: Buffer, sizeBytes: number): Spoilt | undefined {
  const brace = payload.length - 1;
  const key = `${payload.length > 2 ? ',' : ''}"${FILLER}":"`;
  const left = sizeBytes - payload.length - key.length - 1;
  if (left < 0) return undefined;
  const filler = Buffer.concat([Buffer.from(key), Buffer.alloc(left, 'x'), Buffer.from('"')]);
  return { payload: spliced(payload, brace, brace, filler), what: `filled up to ${bytes(sizeBytes)}` };
}

/** Without a member, and the comma after it, or before the last one. */
function without(payload: Buffer, members: readonly Member[], member: Member): Buffer {
  const at = members.indexOf(member);
  const isLast = at === members.length - 1;
  const from = isLast && at > 0 ? members[at - 1].valueEnd : member.keyAt;
  return spliced(payload, from, isLast ? member.valueEnd : members[at + 1].keyAt, Buffer.alloc(0));
}

function membersOf(payload: Buffer): Member[] {
  const members: Member[] = [];
  forEachMember(payload, (keyAt, keyEnd, valueAt, valueEnd) => {
    const key = String(parsePart(payload, keyAt, keyEnd));
    members.push({ key, keyAt, keyEnd, valueAt, valueEnd });
    return true;
  });
  return members;
}

function spliced(payload: Buffer, from: number, to: number, put: Buffer): Buffer {
  return Buffer.concat([payload.subarray(0, from), put, payload.subarray(to)]);
}
