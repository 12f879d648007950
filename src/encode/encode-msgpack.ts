import { Packr } from 'msgpackr/pack';
import { type Batch, type BatchBuilder, NO_SLOT } from '../batch/batch.js';
import * as json from './json-bytes.js';
import { FLOAT64, SLOT_BYTES } from './time-slot.js';

/**
 * Placeholder of a time that is written later. The bytes of a key, a float64's mark and this placeholder occur in a
 * payload only as its slot: no other value is NaN, and within UTF-8 its first byte, 0x7F, cannot follow 0xCB.
 */
export const PLACEHOLDER = Number.NaN;
const LONG_INTEGER = /^-?\d{16,}$/;
const [SMALLEST_INT64, LARGEST_UINT64] = [-(2n ** 63n), 2n ** 64n - 1n];

const packr = new Packr({ useRecords: false });
const WIRE_TIME = slotMark('__wire_time');
const DATA_TIME = slotMark('__data_time');

/**
 * Appends the events of a batch in JSON to `builder`, as MessagePack maps. Integers of up to 64 bits keep every
 * digit; MessagePack has no larger ones, so these become text.
 *
 * @param parse reads a payload; default: one flat object, without white space
 */
export function encodeMsgpack(batch: Batch, builder: BatchBuilder, parse: ParsePayload = parseFlat): void {
  for (let i = 0; i < batch.count; i++) {
    const [wireAt, dataAt] = [batch.wireSlotOf(i), batch.dataSlotOf(i)];
    const isSlot = (at: number) => at === wireAt || at === dataAt;
    const event = parse(batch.payloads, batch.startOf(i), batch.endOf(i), isSlot);
    const payload = packr.pack(event);
    builder.reserve(payload.length);
    const start = builder.length;
    builder.bytes.set(payload, start);
    const slot = (at: number, mark: Buffer) =>
      at === NO_SLOT ? NO_SLOT : start + payload.indexOf(mark) + mark.length - SLOT_BYTES.msgpack;
    builder.skipped = batch.skippedBefore(i);
    builder.add(
      start + payload.length,
      batch.topicIdOf(i),
      batch.dueS[i],
      batch.dataS[i],
      slot(wireAt, WIRE_TIME),
      slot(dataAt, DATA_TIME),
      batch.keyS[i],
    );
  }
  builder.skipped = batch.skippedAtEnd;
}

/** An event as a MessagePack map. The caller owns the bytes. */
export function packEvent(event: object): Uint8Array {
  return packr.pack(event);
}

/** A key in MessagePack (fixstr), followed by the placeholder (float64). */
function slotMark(key: string): Buffer {
  return Buffer.from(packr.pack(new Map([[key, PLACEHOLDER]])).subarray(1));
}

/**
 * Parses the payload `payload[start..end)`.
 *
 * @param isSlot whether a value that begins at an offset is a slot: `PLACEHOLDER` is put in its place
 */
export type ParsePayload = (
  payload: Buffer,
  start: number,
  end: number,
  isSlot: (at: number) => boolean,
) => Map<string, unknown>;

function parseFlat(
  payload: Buffer,
  start: number,
  _end: number,
  isSlot: (at: number) => boolean,
): Map<string, unknown> {
  const event = new Map<string, unknown>();
  let at = start + 1;
  while (payload[at] === json.QUOTE) {
    const keyEnd = json.endOfString(payload, at + 1);
    const key = json.textOfString(payload, at + 1, keyEnd);
    const from = keyEnd + 2;
    at = json.endOfScalar(payload, from);
    event.set(key, isSlot(from) ? PLACEHOLDER : literal(payload.toString('latin1', from, at)));
    at += 1;
  }
  return event;
}

/** The value of a JSON scalar. Long integers that do not fit 64 bits are text. */
export function literal(token: string): unknown {
  if (!LONG_INTEGER.test(token)) return JSON.parse(token);
  const integer = BigInt(token);
  return integer >= SMALLEST_INT64 && integer <= LARGEST_UINT64 ? integer : token;
}

if (WIRE_TIME[WIRE_TIME.length - SLOT_BYTES.msgpack] !== FLOAT64)
  throw new Error('msgpackr no longer writes a fraction as a float64');
