import { Batch, BatchBuilder } from '../../../src/batch/batch.js';
import { BatchNotes } from '../../../src/encode/batch-notes.js';
import { EventEncoder } from '../../../src/encode/event-encoder.js';
import { digestOfBatches } from '../../decode/content-digest.js';
import { faultOf, type MicroTask, type Work } from '../micro-task.js';
import { SAMPLE_EVENTS, SAMPLE_RULES, type Sample } from '../sample.js';

export const BATCH_TASKS: readonly MicroTask[] = [
  { id: 'pack a batch', operation: 'event', isQuick: true, make: packing },
  { id: 'unpack a batch', operation: 'event', isQuick: false, make: unpacking },
];

/** From encoded events to the buffer that goes to another thread. */
function packing(sample: Sample): Work {
  const builder = new BatchBuilder();
  const notes = new BatchNotes();
  const encoder = new EventEncoder(SAMPLE_RULES, builder, notes);
  for (const source of sample.sources(SAMPLE_RULES)) encoder.encode(source, () => new Uint8Array());
  const meta = { ...notes.take(), format: 'json' as const };
  const full = builder.mark();
  let buffer = new ArrayBuffer();
  return {
    operations: SAMPLE_EVENTS,
    call: () => {
      buffer = builder.pack(meta);
      // Restore what was packed, for the next call.
      builder.rewind(full);
      return buffer;
    },
    fault: async () => {
      const { plain } = await sample.expected();
      return faultOf('the digest of events', plain, digestOfBatches([new Batch(buffer)]));
    },
  };
}

/** From that buffer to the two frames of each event; no times are written. */
function unpacking(sample: Sample): Work {
  const buffer = sample.buffer();
  const batch = new Batch(buffer);
  const topicBytes = Array.from({ length: batch.count }, (_, i) =>
    Buffer.byteLength(batch.topics[batch.topicIdOf(i)]),
  ).reduce((sum, bytes) => sum + bytes);
  let bytes = 0;
  return {
    operations: SAMPLE_EVENTS,
    call: () => {
      const unpacked = new Batch(buffer);
      const { topicBytes, payloads } = unpacked;
      bytes = 0;
      for (let i = 0; i < unpacked.count; i++) {
        const payload = payloads.subarray(unpacked.startOf(i), unpacked.endOf(i));
        bytes += topicBytes[unpacked.topicIdOf(i)].length + payload.length;
      }
      return bytes;
    },
    fault: () => faultOf('the bytes of all frames', topicBytes + batch.payloads.length, bytes),
  };
}
