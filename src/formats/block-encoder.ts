import { isUtf8 } from 'node:buffer';
import { type BatchBuilder, NO_SLOT } from '../batch/batch.js';
import type { Warnings } from '../batch/warnings.js';
import type { ReadRules } from '../database/recording.js';
import * as json from '../encode/json-bytes.js';
import { SLOT_BYTES } from '../encode/time-slot.js';
import { EventBlock, type MessageTimes } from './event-block.js';

const WIRE_KEY = '"__wire_time":';
const DATA_KEY = '"__data_time":';
/** Size of an object without members. */
const EMPTY_BYTES = 2;
/** Most bytes by which a payload grows: two keys, their times, and what is between. */
const MOST_ADDED = 2 * (WIRE_KEY.length + 32);

/** Appends events to a batch: their payloads as they are, but for the times. */
export class BlockEncoder {
  private readonly _builder: BatchBuilder;
  private readonly _rules: Pick<ReadRules, 'timeSlots' | 'keyTime' | 'format'>;
  private readonly _note: (kind: keyof Warnings) => void;

  /** @param note called for each oddity of the event that is being added */
  constructor(
    builder: BatchBuilder,
    rules: Pick<ReadRules, 'timeSlots' | 'keyTime' | 'format'>,
    note: (kind: keyof Warnings) => void,
  ) {
    this._builder = builder;
    this._rules = rules;
    this._note = note;
  }

  /** @param topicId index of its topic among those of the batch */
  add(block: EventBlock, at: number, topicId: number): void {
    const payload = block.bytes.subarray(block.start[at], block.end[at]);
    if (isUtf8(payload)) {
      this._add(block, at, topicId);
      return;
    }
    this._note('invalidUtf8');
    const bytes = Buffer.from(json.decodeUtf8(payload));
    const repaired = new EventBlock(0, 1, bytes);
    repaired.topics.push('');
    repaired.tryEvent(0, 0, bytes.length, block.times[at]);
    this._add(repaired, 0, topicId);
  }

  private _add(block: EventBlock, at: number, topicId: number): void {
    const { timeSlots, keyTime } = this._rules;
    const { bytes } = block;
    const builder = this._builder;
    const [wireS, dataS, dueS] = [block.wireS[at], block.dataS[at], block.dueOf(at)];
    if (block.end[at] - block.start[at] === EMPTY_BYTES) this._note('noAttributes');
    if (Number.isNaN(wireS)) this._note(Number.isNaN(dataS) ? 'missingTime' : 'missingWireTime');
    builder.reserve(block.end[at] - block.start[at] + MOST_ADDED);
    const out = builder.bytes;
    let from = block.start[at];
    let to = builder.length;
    const slots: [wire: number, data: number] = [NO_SLOT, NO_SLOT];
    if (timeSlots) {
      const write = (which: 0 | 1, valueAt: number, valueEnd: number) => {
        out.set(bytes.subarray(from, valueAt), to);
        to += valueAt - from;
        slots[which] = to;
        to = this._writeSlot(out, to);
        from = valueEnd;
      };
      const [wireAt, dataAt] = [block.wireAt[at], block.dataAt[at]];
      const hasWire = block.wireEnd[at] > 0 && !Number.isNaN(wireS);
      const hasData = block.dataEnd[at] > 0 && !Number.isNaN(dataS);
      if (hasData && (!hasWire || dataAt < wireAt)) write(1, dataAt, block.dataEnd[at]);
      if (hasWire) write(0, wireAt, block.wireEnd[at]);
      if (hasData && hasWire && dataAt > wireAt) write(1, dataAt, block.dataEnd[at]);
    }
    out.set(bytes.subarray(from, block.end[at]), to);
    to += block.end[at] - from;
    const times = block.times[at];
    if (times !== undefined && (block.wireEnd[at] === 0 || block.dataEnd[at] === 0))
      to = this._addTimes(block, at, times, to, slots);
    const keyS = keyTime === 'data' && !Number.isNaN(dataS) ? dataS : dueS;
    builder.add(to, topicId, dueS, dataS, slots[0], slots[1], keyS);
  }

  private _writeSlot(out: Uint8Array, at: number): number {
    const end = at + SLOT_BYTES.json;
    // What becomes MessagePack is scanned once more, as JSON: no number begins with several zeros there.
    const digit = this._rules.format === 'msgpack' ? json.ZERO + 1 : json.ZERO;
    for (let i = at; i < end; i++) out[i] = digit;
    return end;
  }

  /** Adds the times beside a payload to it, where it has none. @returns its end */
  private _addTimes(
    block: EventBlock,
    at: number,
    { logNs, publishNs }: MessageTimes,
    end: number,
    slots: [wire: number, data: number],
  ): number {
    const out = this._builder.bytes;
    let to = end - 1;
    while (out[to] !== json.CLOSE_BRACE) to -= 1;
    let before = to - 1;
    while (out[before] <= 0x20) before -= 1;
    let comma = out[before] === json.OPEN_BRACE ? '' : ',';
    const add = (which: 0 | 1, key: string, ns: bigint) => {
      to = write(out, to, comma + key);
      comma = ',';
      if (this._rules.timeSlots) {
        slots[which] = to;
        to = this._writeSlot(out, to);
      } else to = write(out, to, textOfNs(ns));
    };
    if (block.dataEnd[at] === 0) add(1, DATA_KEY, publishNs);
    if (block.wireEnd[at] === 0) add(0, WIRE_KEY, logNs);
    out[to] = json.CLOSE_BRACE;
    return to + 1;
  }
}

function write(out: Uint8Array, at: number, ascii: string): number {
  for (let i = 0; i < ascii.length; i++) out[at + i] = ascii.charCodeAt(i);
  return at + ascii.length;
}

/** Nanoseconds as a JSON number of seconds, with all digits. */
function textOfNs(ns: bigint): string {
  const fraction = String(ns % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${ns / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
}
