import { unpack } from 'msgpackr/unpack';
import { NO_SLOT } from '../batch/batch.js';
import type { EventPlace } from '../measure/topic-watch.js';
import { Stamp } from '../pacing/stamp.js';

/** Characters of a payload that are shown: of a longer one the first. */
const MOST_CHARACTERS = 256 << 10;
/** A time that was written into its slot never begins with it. */
const ZERO = 0x30;

const stamp = new Stamp();

/**
 * The payload of an event as bytes of JSON: as it was sent, or with its recorded times where it was not sent. @returns a view of the
 * batch, or a new buffer
 */
export function payloadOf({ batch, index }: EventPlace): Buffer {
  if (batch.format === 'msgpack') {
    const bytes = batch.payloads.subarray(batch.startOf(index), batch.endOf(index));
    return Buffer.from(JSON.stringify(unpack(bytes), jsonValue));
  }
  const slots = [batch.wireSlotOf(index), batch.dataSlotOf(index)];
  if (slots.some((slot) => slot !== NO_SLOT && batch.payloads[slot] === ZERO)) {
    const dueUs = Math.round(1e6 * (Number.isNaN(batch.dueS[index]) ? 0 : batch.dueS[index]));
    const dataS = batch.dataS[index];
    return stamp.write(batch, index, dueUs, Number.isFinite(dataS) ? Math.round(1e6 * dataS) : dueUs);
  }
  return batch.payloads.subarray(batch.startOf(index), batch.endOf(index));
}

/** The same as text. */
export function payloadText(event: EventPlace): string {
  return payloadOf(event).toString('utf8').slice(0, MOST_CHARACTERS);
}

/** What JSON has no form for, as text. */
function jsonValue(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
