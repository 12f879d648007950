import { Batch, BatchBuilder } from '../../../src/batch/batch.js';
import { BatchNotes } from '../../../src/encode/batch-notes.js';
import { EventEncoder } from '../../../src/encode/event-encoder.js';
import { digestOfBatches } from '../../decode/content-digest.js';
import { faultOf, type MicroTask, type Work } from '../micro-task.js';
import { SAMPLE_EVENTS, SAMPLE_RULES, type Sample } from '../sample.js';

export const ENCODE_TASKS: readonly MicroTask[] = [
  { id: 'encode', operation: 'event', isQuick: true, make: (sample) => encoding(sample, false) },
  { id: 'encode, converted', operation: 'event', isQuick: true, make: (sample) => encoding(sample, true) },
];

/** From the JSON of a chunk of events to payloads. */
function encoding(sample: Sample, isConverted: boolean): Work {
  const rules = { ...SAMPLE_RULES, convertNumber: isConverted, convertBool: isConverted };
  const sources = sample.sources(rules);
  const builder = new BatchBuilder();
  const notes = new BatchNotes();
  const encoder = new EventEncoder(rules, builder, notes);
  let events = 0;
  return {
    operations: SAMPLE_EVENTS,
    call: () => {
      notes.take();
      builder.clear();
      events = 0;
      for (const source of sources) events += encoder.encode(source, noTableTime);
      return events;
    },
    fault: async () => {
      const batch = new Batch(builder.pack({ ...notes.take(), format: 'json' }));
      const { plain, converted } = await sample.expected();
      return (
        faultOf('the number of events', SAMPLE_EVENTS, events) ??
        faultOf('the digest of events', isConverted ? converted : plain, digestOfBatches([batch]))
      );
    },
  };
}

function noTableTime(): never {
  throw new Error('Expected each event to have its times among its attributes');
}
