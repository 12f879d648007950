import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/peer.js';
import { runMeasured } from '../measured-program.js';
import { type Night, SEQUENCE_KEY } from '../night.js';
import { Receiver, type ReceiverChoice, type Reception } from '../receiver.js';
import type { CoursePoint } from '../result.js';
import type { Measured } from '../scenario.js';
import type { LoopReport, LoopTask, Sample } from './looped-replay.js';
import { memoryFigures } from './memory-figures.js';

export interface FootprintPlan extends Pick<LoopTask, 'events' | 'ratePerS' | 'highWaterMark'> {
  readonly night: Night;
  readonly receiver: ReceiverChoice;
}

const PROGRAM = fileURLToPath(new URL('./program.js', import.meta.url));
const START_TIMEOUT_MS = 60_000;
/** A publisher that is slower than a thousand events a second, where it may send flat out, is taken to hang. */
const TIMEOUT_MS_PER_EVENT = 1;
/** To look more often would take the program's time. */
const PEAK_INTERVAL_MS = 50;
/** A rate is missed where what was sent is further from the plan: seconds, and a share of the time. */
const LARGEST_DIFFERENCE_S = 0.1;
const LARGEST_DIFFERENCE_SHARE = 0.01;

/** Has a program play a night again and again, and one in C count what comes. */
export async function measureFootprint(plan: FootprintPlan): Promise<Measured> {
  const { night, receiver: choice, events, ratePerS, highWaterMark } = plan;
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const timeoutMs = START_TIMEOUT_MS + TIMEOUT_MS_PER_EVENT * events;
  const receiver = await Receiver.start(choice, {
    ...{ url, count: events, sequenceKey: SEQUENCE_KEY, ranksPath: undefined },
    ...{ firstTimeoutMs: START_TIMEOUT_MS, timeoutMs },
  });
  try {
    const task: LoopTask = { database: night.path, url, events, ratePerS, highWaterMark };
    const { code, signal, stdout, stderr, peakRssBytes } = await runMeasured(
      process.execPath,
      [PROGRAM, JSON.stringify(task)],
      { timeoutMs, sampleIntervalMs: PEAK_INTERVAL_MS },
    );
    if (code !== 0) throw new Error(`the program ended with ${code ?? signal}: ${stderr.trim()}`);
    const report = JSON.parse(stdout) as LoopReport;
    return measured(plan, report, await receiver.reception(), peakRssBytes);
  } finally {
    receiver.stop();
  }
}

function measured(
  { events, ratePerS }: FootprintPlan,
  report: LoopReport,
  reception: Reception,
  peakRssBytes: number | null,
): Measured {
  const { eventsPerS, loopDelay, samples, passes } = report;
  // Where a pass follows another, the numbers begin again.
  const outOfOrder = Math.max(0, reception.outOfOrder - (passes - 1));
  const { received } = reception;
  return {
    reasons: faults(events, ratePerS, report, { ...reception, outOfOrder }),
    counts: { expected: events, received, lost: events - received, outOfOrder, isContentRight: null },
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

/** Why a trial does not count. Empty where it does. */
function faults(
  events: number,
  ratePerS: number | undefined,
  { sent, eventsPerS, durationS }: LoopReport,
  { received, lost, outOfOrder, unnumbered, firstSequence }: Reception,
): string[] {
  const reasons: string[] = [];
  if (sent !== events) reasons.push(`sent ${sent} of ${events} events`);
  if (received !== events) reasons.push(`received ${received} of ${events} events`);
  if (firstSequence !== null && firstSequence !== 1)
    reasons.push(`the first to come was number ${firstSequence}`);
  if (lost > 0) reasons.push(`${lost} numbers missing in between`);
  if (outOfOrder > 0) reasons.push(`${outOfOrder} events out of order`);
  if (unnumbered > 0) reasons.push(`${unnumbered} messages without a number`);
  if (ratePerS !== undefined) {
    const toleranceS = LARGEST_DIFFERENCE_S + LARGEST_DIFFERENCE_SHARE * durationS;
    if (Math.abs(eventsPerS / ratePerS - 1) * durationS > toleranceS)
      reasons.push(`sent ${eventsPerS.toFixed(0)} events/s, aimed at ${ratePerS}`);
  }
  return reasons;
}

/** Each sample but the first ends an interval. */
function courseOf(samples: readonly Sample[]): CoursePoint[] {
  return samples.slice(1).map(({ atS, sent, p99DelayUs }, i) => {
    const before = samples[i];
    return { atS, eventsPerS: (sent - before.sent) / (atS - before.atS), p99Us: p99DelayUs };
  });
}
