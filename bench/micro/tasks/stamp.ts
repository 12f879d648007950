import { Stamp } from '../../../src/pacing/stamp.js';
import { faultOf, type MicroTask, type Work } from '../micro-task.js';
import { SAMPLE_EVENTS, type Sample } from '../sample.js';

export const STAMP_TASKS: readonly MicroTask[] = [
  { id: 'write times into an event', operation: 'event', isQuick: true, make: stamping },
];

/** 2026-01-01, in Unix microseconds. */
const START_US = 1_767_225_600e6;
/** Time between events, as flat out. */
const STEP_US = 5;
/** Data times are slightly earlier, so mostly in another second than the event before. */
const DATA_AGE_US = 40_000;

/** From a batch to payloads with the times of sending. */
function stamping(sample: Sample): Work {
  const batch = sample.batch();
  const stamp = new Stamp();
  let nowUs = START_US;
  let firstUs = nowUs;
  return {
    operations: SAMPLE_EVENTS,
    call: () => {
      firstUs = nowUs;
      let bytes = 0;
      for (let i = 0; i < batch.count; i++) {
        bytes += stamp.write(batch, i, nowUs, nowUs - DATA_AGE_US).length;
        nowUs += STEP_US;
      }
      return bytes;
    },
    fault: () => {
      for (let i = 0; i < batch.count; i++) {
        const payload = batch.payloads.toString('latin1', batch.startOf(i), batch.endOf(i));
        const { __wire_time, __data_time } = JSON.parse(payload) as Record<string, number>;
        const wireUs = firstUs + i * STEP_US;
        const fault =
          faultOf(`the wire time of event ${i}`, wireUs, Math.round(1e6 * __wire_time)) ??
          faultOf(`the data time of event ${i}`, wireUs - DATA_AGE_US, Math.round(1e6 * __data_time));
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
  };
}
