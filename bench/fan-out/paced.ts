import { latenessHistogram, percentile } from '../../src/measure/histogram.js';
import { TIME_KEYS } from '../expected-digest.js';
import { SEQUENCE_KEY } from '../night.js';
import { DUE_KEY, type PacedNight } from '../paced-night.js';
import { pacedFaults } from '../paced-play.js';
import { ours } from '../paced-publisher.js';
import type { ReceiverChoice } from '../receiver.js';
import type { Measured } from '../scenario.js';
import { spreadOf } from '../spread.js';
import { deliveryOf, rateOf } from './delivery.js';
import { countsOf, type Expected, fanOutFaults } from './faults.js';
import { playTo, START_TIMEOUT_MS, WAIT_SETUP_S, waitArgs } from './play.js';
import { Receivers } from './receivers.js';

/** A night that is sent at its pace. */
export interface PacedPlan {
  readonly night: PacedNight;
  /** Of the whole night; null: not known. */
  readonly digest: string | null;
  readonly subscribers: number;
  readonly receiver: ReceiverChoice;
  readonly highWaterMark: number | undefined;
}

/** A publisher that takes so much longer than planned is taken to hang. */
const LARGEST_SLOWDOWN = 3;
/** To look more often would take the publisher's time. */
const SAMPLE_INTERVAL_MS = 100;
const NS_A_US = 1000;

export function startPacedReceivers({ night, subscribers, receiver }: PacedPlan): Promise<Receivers> {
  return Receivers.start(receiver, subscribers, {
    ...{ count: night.events, sequenceKey: SEQUENCE_KEY, digestWithout: TIME_KEYS },
    arrivals: { measure: 'lateness', timeKey: DUE_KEY },
    ...{ firstTimeoutMs: START_TIMEOUT_MS, timeoutMs: timeoutMsOf(night) },
  });
}

/**
 * How late events arrive.
 *
 * @param receivers of `startPacedReceivers`: they are gone then
 * @param more further arguments of the publisher
 */
export async function measurePaced(
  { night, digest, highWaterMark }: PacedPlan,
  receivers: Receivers,
  more: readonly string[] = [],
): Promise<Measured> {
  const markArgs = highWaterMark === undefined ? [] : ['--hwm', String(highWaterMark)];
  const publisher = ours('balanced', [...waitArgs(receivers), ...markArgs, ...more]);
  const args = publisher.args({
    ...{ database: night.path, url: receivers.url, waitSetupS: WAIT_SETUP_S },
    ...{ speedup: 1, times: 'replay', latenessPath: '' },
  });
  const { outcome, receptions } = await playTo(receivers, publisher.command(), args, {
    ...{ timeoutMs: timeoutMsOf(night), sampleIntervalMs: SAMPLE_INTERVAL_MS },
  });
  const sent = publisher.sent(outcome.stdout, '');
  const expected: Expected = { events: night.events, digest };
  const counts = countsOf(expected, receptions);
  const each = receptions.flatMap(({ lateness }) => lateness?.histogram ?? []);
  const delivery = latenessHistogram();
  for (const histogram of each) delivery.add(histogram);
  const us = (percent: number, of = delivery) =>
    of.totalCount === 0 ? null : percentile(of, percent) / NS_A_US;
  const p99sUs = each.flatMap((histogram) => us(99, histogram) ?? []);
  const p99Us = p99sUs.length === 0 ? null : spreadOf(p99sUs);
  return {
    reasons: fanOutFaults(expected, sent, receptions, (reception) =>
      pacedFaults(night.events, night.durationS, { events: night.events }, reception),
    ),
    counts,
    targetPerS: night.ratePerS,
    achievedPerS: spreadOf(receptions.map(rateOf)).min,
    figures: {
      ...deliveryOf(outcome, receptions),
      lostShare: counts.lost / counts.expected,
      peakRssBytes: outcome.peakRssBytes,
      ...{ deliveryP50Us: us(50), deliveryP99Us: us(99), deliveryMaxUs: us(100) },
      ...{ bestP99Us: p99Us?.min ?? null, worstP99Us: p99Us?.max ?? null },
      sendP99Us: sent.lateness?.p99Us ?? null,
    },
    histograms: { delivery },
  };
}

function timeoutMsOf({ durationS }: PacedNight): number {
  return START_TIMEOUT_MS + LARGEST_SLOWDOWN * 1000 * durationS;
}
