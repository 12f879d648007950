import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/peer.js';
import { TIME_KEYS } from '../expected-frames.js';
import { runMeasured } from '../measured-program.js';
import { type Night, SEQUENCE_KEY } from '../night.js';
import { paceToleranceS } from '../pace-tolerance.js';
import { START_TIMEOUT_MS } from '../publisher.js';
import { Receiver } from '../receiver.js';
import type { ReceiverChoice } from '../receiver-choice.js';
import type { Reception } from '../reception.js';
import { faultsOf } from '../reception-faults.js';
import { requireSuccess } from '../require-success.js';
import type { CoursePoint } from '../result.js';
import type { Measured } from '../scenario.js';
import type { LoopReport, LoopTask, Sample } from './loop-task.js';
import { memoryFigures } from './memory-figures.js';

export interface FootprintPlan extends Pick<LoopTask, 'events' | 'ratePerS' | 'highWaterMark'> {
  readonly night: Night;
  readonly receiver: ReceiverChoice;
  /** Digest of all messages; null: unknown. */
  readonly digest: string | null;
}

const PROGRAM = fileURLToPath(new URL('./program.js', import.meta.url));
/** A publisher that sends fewer than a thousand events a second flat out is considered hung. */
const TIMEOUT_MS_PER_EVENT = 1;
/** More frequent samples would take CPU time from the program. */
const PEAK_INTERVAL_MS = 50;

/** Runs a program that replays a night again and again, and the receiver in C, which checks what arrives. */
export async function measureFootprint(plan: FootprintPlan): Promise<Measured> {
  const { night, receiver: choice, events, ratePerS, highWaterMark } = plan;
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const timeoutMs = START_TIMEOUT_MS + TIMEOUT_MS_PER_EVENT * events;
  const receiver = await Receiver.start(choice, {
    ...{ url, count: events, sequenceKey: SEQUENCE_KEY, cycle: night.events },
    digestWithout: TIME_KEYS,
    ...{ firstTimeoutMs: START_TIMEOUT_MS, timeoutMs },
  });
  try {
    const task: LoopTask = { database: night.path, url, events, ratePerS, highWaterMark };
    const outcome = await runMeasured(process.execPath, [PROGRAM, JSON.stringify(task)], {
      timeoutMs,
      sampleIntervalMs: PEAK_INTERVAL_MS,
    });
    requireSuccess('the program', outcome);
    const report = JSON.parse(outcome.stdout) as LoopReport;
    return measured(plan, report, await receiver.reception(), outcome.peakRssBytes);
  } finally {
    receiver.stop();
  }
}

function measured(
  plan: FootprintPlan,
  report: LoopReport,
  reception: Reception,
  peakRssBytes: number | null,
): Measured {
  const { sent, eventsPerS, loopDelay, samples } = report;
  const { ratePerS } = plan;
  const { reasons, counts } = faultsOf(plan, sent, reception);
  return {
    reasons: [...reasons, ...paceFaults(ratePerS, report)],
    counts,
    targetPerS: ratePerS ?? null,
    achievedPerS: eventsPerS,
    figures: {
      ...{ peakRssBytes, ...memoryFigures(samples), eventsPerS },
      loopDelayP50Us: loopDelay.p50Us,
      loopDelayP99Us: loopDelay.p99Us,
      loopDelayMaxUs: loopDelay.maxUs,
    },
    course: courseOf(samples),
  };
}

/** Empty if the rate was kept, or none was set. */
function paceFaults(ratePerS: number | undefined, { eventsPerS, durationS }: LoopReport): string[] {
  if (ratePerS === undefined) return [];
  const isKept = Math.abs(eventsPerS / ratePerS - 1) * durationS <= paceToleranceS(durationS);
  return isKept ? [] : [`sent ${eventsPerS.toFixed(0)} events/s, aimed at ${ratePerS}`];
}

/** Each sample but the first ends an interval. */
function courseOf(samples: readonly Sample[]): CoursePoint[] {
  return samples.slice(1).map(({ atS, sent, p99DelayUs }, i) => {
    const before = samples[i];
    return { atS, eventsPerS: (sent - before.sent) / (atS - before.atS), p99Us: p99DelayUs };
  });
}
