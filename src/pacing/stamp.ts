import { type Batch, NO_SLOT } from '../batch/batch.js';
import { jsonTime, SLOT_BYTES, TimeWriter } from '../encode/time-slot.js';

/** Writes times into the payloads of batches. */
export class Stamp {
  // Each writer caches the digits of its last second: wire and data times often lie in different seconds.
  private readonly _wire = new TimeWriter();
  private readonly _data = new TimeWriter();

  /**
   * Writes the times of event `i` into its slots, if it has any.
   *
   * @param wireUs, dataUs whole microseconds since 1970
   * @returns the payload: a view of the batch, or a new buffer if a time did not fit into its slot
   */
  write(batch: Batch, i: number, wireUs: number, dataUs: number): Buffer {
    const { payloads } = batch;
    const [start, end] = [batch.startOf(i), batch.endOf(i)];
    const [wireSlot, dataSlot] = [batch.wireSlotOf(i), batch.dataSlotOf(i)];
    if (batch.format === 'msgpack') {
      if (wireSlot !== NO_SLOT) this._wire.writeMsgpack(payloads, wireSlot, wireUs);
      if (dataSlot !== NO_SLOT) this._data.writeMsgpack(payloads, dataSlot, dataUs);
      return payloads.subarray(start, end);
    }
    const wireFits = wireSlot === NO_SLOT || this._wire.writeJson(payloads, wireSlot, wireUs);
    const dataFits = dataSlot === NO_SLOT || this._data.writeJson(payloads, dataSlot, dataUs);
    if (wireFits && dataFits) return payloads.subarray(start, end);
    const slots = [];
    if (!wireFits) slots.push({ at: wireSlot, time: jsonTime(wireUs) });
    if (!dataFits) slots.push({ at: dataSlot, time: jsonTime(dataUs) });
    return spliced(payloads, start, end, slots);
  }
}

/** Copies a payload with other texts in its slots. */
function spliced(
  payloads: Buffer,
  start: number,
  end: number,
  slots: { at: number; time: string }[],
): Buffer {
  const parts: Buffer[] = [];
  let from = start;
  for (const { at, time } of slots.sort((a, b) => a.at - b.at)) {
    parts.push(payloads.subarray(from, at), Buffer.from(time, 'latin1'));
    from = at + SLOT_BYTES.json;
  }
  return Buffer.concat([...parts, payloads.subarray(from, end)]);
}
