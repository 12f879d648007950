import { latenessHistogram } from '../../src/measure/histogram.js';
import { TIME_KEYS } from '../expected-frames.js';
import { SEQUENCE_KEY } from '../night.js';
import { latenessIn } from '../pacing/lateness-figures.js';
import { pacedFaultsOf } from '../pacing/paced-faults.js';
import { DUE_KEY, type PacedNight } from '../pacing/paced-night.js';
import { CLI, START_TIMEOUT_MS } from '../publisher.js';
import type { ReceiverChoice } from '../receiver-choice.js';
import { rateOf } from '../receiver-rate.js';
import type { Measured } from '../scenario.js';
import { spreadOf } from '../spread.js';
import { deliveryOf } from './delivery.js';
import { fanOutFaults } from './fan-out-faults.js';
import { playArgs, playTo } from './play.js';
import { Receivers } from './receivers.js';

/** A trial that sends a night at its pace. */
export interface PacedPlan {
  readonly night: PacedNight;
  /** Digest of the whole night; null: unknown. */
  readonly digest: string | null;
  readonly subscribers: number;
  readonly receiver: ReceiverChoice;
  readonly highWaterMark: number | undefined;
}

/** The part of tcs-replay's JSON that is used here. */
interface Summary {
  readonly sent: number;
  /** Time sent minus time due. */
  readonly lateness?: { readonly p99Us: number };
}

/** A publisher that takes longer than this multiple of the plan is considered hung. */
const LARGEST_SLOWDOWN = 3;
/** More frequent samples would take CPU time from the publisher. */
const SAMPLE_INTERVAL_MS = 100;

export function startPacedReceivers({ night, subscribers, receiver }: PacedPlan): Promise<Receivers> {
  return Receivers.start(receiver, subscribers, {
    ...{ count: night.events, sequenceKey: SEQUENCE_KEY, digestWithout: TIME_KEYS },
    arrivals: { measure: 'lateness', timeKey: DUE_KEY },
    ...{ firstTimeoutMs: START_TIMEOUT_MS, timeoutMs: timeoutMsOf(night) },
  });
}

/**
 * Measures how late events arrive.
 *
 * @param receivers from `startPacedReceivers`; they have ended afterwards
 * @param more additional arguments of the publisher
 */
export async function measurePaced(
  { night, digest, highWaterMark }: PacedPlan,
  receivers: Receivers,
  more: readonly string[] = [],
): Promise<Measured> {
  const markArgs = highWaterMark === undefined ? [] : ['--hwm', String(highWaterMark)];
  const args = [CLI, '--json', ...markArgs, ...playArgs(receivers, night, more)];
  const { outcome, receptions } = await playTo(receivers, process.execPath, args, {
    ...{ timeoutMs: timeoutMsOf(night), sampleIntervalMs: SAMPLE_INTERVAL_MS },
  });
  const { sent, lateness } = JSON.parse(outcome.stdout) as Summary;
  const { events, durationS: plannedS } = night;
  const expected = { events, digest, plannedS };
  const { lostShare, ...faults } = fanOutFaults(expected, sent, receptions, (reception) =>
    pacedFaultsOf(expected, { events, timed: events }, reception),
  );
  const each = receptions.flatMap(({ lateness }) => lateness?.histogram ?? []);
  const delivery = latenessHistogram();
  for (const histogram of each) delivery.add(histogram);
  const p99sUs = each.flatMap((histogram) => latenessIn('delivery', histogram).deliveryP99Us ?? []);
  const p99Us = p99sUs.length === 0 ? null : spreadOf(p99sUs);
  // The rate of deliveries is part of the plan, so it is not a figure.
  const { cpuUsPerDelivery, receiverCpuUsPerDelivery, slowestPerS } = deliveryOf(outcome, receptions);
  return {
    ...faults,
    targetPerS: rateOf(events, { received: events, seconds: plannedS }),
    achievedPerS: slowestPerS,
    figures: {
      ...{ cpuUsPerDelivery, receiverCpuUsPerDelivery, lostShare, peakRssBytes: outcome.peakRssBytes },
      ...latenessIn('delivery', delivery),
      ...{ bestP99Us: p99Us?.min ?? null, worstP99Us: p99Us?.max ?? null },
      sendP99Us: lateness?.p99Us ?? null,
    },
    histograms: { delivery },
  };
}

function timeoutMsOf({ durationS }: PacedNight): number {
  return START_TIMEOUT_MS + LARGEST_SLOWDOWN * 1000 * durationS;
}
