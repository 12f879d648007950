import { Random } from '../../../src/generate/random.js';
import { Lateness } from '../../../src/measure/lateness.js';
import { Tally } from '../../../src/measure/tally.js';
import type { Clock } from '../../../src/shared/clock.js';
import { MemorySource } from '../memory-source.js';
import { faultOf, type MicroTask, type Work } from '../micro-task.js';
import { SAMPLE_EVENTS, type Sample } from '../sample.js';

export const SENT_TASKS: readonly MicroTask[] = [
  { id: 'record how late an event was', operation: 'event', isQuick: true, make: recording },
  {
    id: 'count a sent event, paced',
    operation: 'event',
    isQuick: true,
    make: (sample) => counting(sample, 1),
  },
  {
    id: 'count a sent event, flat out',
    operation: 'event',
    isQuick: false,
    make: (sample) => counting(sample, Infinity),
  },
];

const SEED = 1;
const MEAN_LATENESS_NS = 50_000;
/** Time between events. Work at the end of a second happens once in 100,000 events. */
const STEP_NS = 10_000;
/** Relative resolution of the histograms. */
const RESOLUTION = 1e-3;

/** Records a value into the histogram of its second. */
function recording(): Work {
  const latenessesNs = exponentialNs();
  const lateness = new Lateness();
  let nowNs = 0;
  return {
    operations: latenessesNs.length,
    call: () => {
      for (const latenessNs of latenessesNs) {
        nowNs += STEP_NS;
        lateness.record(latenessNs, nowNs);
      }
      return nowNs;
    },
    fault: () => {
      // All calls recorded the same values.
      const sorted = [...latenessesNs].sort((a, b) => a - b);
      const medianUs = sorted[Math.ceil(sorted.length / 2) - 1] / 1000;
      const p50Us = lateness.summary()?.p50Us ?? Number.NaN;
      const isNear = Math.abs(p50Us - medianUs) <= RESOLUTION * medianUs;
      return isNear ? undefined : `expected a median of ${medianUs} us, found ${p50Us} us`;
    },
  };
}

/** All counting for a sent event. */
function counting(sample: Sample, speedup: number): Work {
  const latenessesNs = exponentialNs();
  const batch = sample.batch();
  const source = new MemorySource(batch);
  let nowNs = 0;
  const clock: Clock = { nowNs: () => nowNs, unixUs: () => nowNs / 1000 };
  const gaps = { count: 0, leftOutS: 0 };
  const order = {
    positionS: Number.NaN,
    isPaused: false,
    disorderS: 0,
    stepsBack: { count: 0, fromS: Number.NaN },
  };
  const plan = { dueS: 0, dueNs: 0, nowNs: 0, speedup, gaps, ...order, onReplan: () => {} };
  const tally = new Tally(clock, plan, {
    maxGapS: Number.POSITIVE_INFINITY,
    latenessByTopic: false,
    failIf: [],
  });
  tally.beginPass(source);
  const run = { source, batch, first: 0, end: batch.count, shareAtEnd: 1 };
  tally.beginRun(run);
  let sent = 0;
  let bytes = 0;
  return {
    operations: batch.count,
    call: () => {
      for (let i = 0; i < batch.count; i++) {
        nowNs += STEP_NS;
        const sizeBytes = batch.endOf(i) - batch.startOf(i);
        tally.waited();
        plan.dueS = batch.dueS[i];
        plan.nowNs = nowNs;
        plan.dueNs = nowNs - latenessesNs[i];
        tally.sent(run, i, sizeBytes);
      }
      sent += batch.count;
      bytes += batch.payloads.length;
      return sent;
    },
    fault: () => {
      const outcome = tally.outcome('end');
      return (
        faultOf('that events were counted', true, sent > 0) ??
        faultOf('the number of events', sent, outcome.sent) ??
        faultOf('their bytes', bytes, outcome.bytes) ??
        faultOf(
          'that lateness is known',
          speedup !== Number.POSITIVE_INFINITY,
          outcome.lateness !== undefined,
        )
      );
    },
  };
}

function exponentialNs(): Float64Array {
  const random = new Random(SEED, 'lateness');
  return Float64Array.from({ length: SAMPLE_EVENTS }, () => Math.round(random.exponential(MEAN_LATENESS_NS)));
}
