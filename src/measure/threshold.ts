import * as expect from '../shared/expect.js';
import { type Condition, limitUs, type MetricKind, parseCondition, testCondition } from './condition.js';
import type { ReplayOutcome } from './outcome.js';
import { SHORTEST_STALL_NS } from './stalls.js';

/** A figure that a condition of `failIf` can compare. */
type Metric = keyof typeof METRICS;

/** A condition under which a replay counts as failed. */
export type Threshold = Condition<Metric>;

/** The outcome without the conditions. */
type Measured = Omit<ReplayOutcome, 'failed' | 'passed' | 'writeFailures'>;

/** The kind of a metric, which sets its units, and how it is read from an outcome. Times are in microseconds. */
interface MetricRow {
  readonly kind: MetricKind;
  readonly of: (outcome: Measured) => number | undefined;
}

const METRICS = {
  p50: { kind: 'time', of: ({ lateness }) => lateness?.p50Us },
  p90: { kind: 'time', of: ({ lateness }) => lateness?.p90Us },
  p99: { kind: 'time', of: ({ lateness }) => lateness?.p99Us },
  'p99.9': { kind: 'time', of: ({ lateness }) => lateness?.p999Us },
  'p99.99': { kind: 'time', of: ({ lateness }) => lateness?.p9999Us },
  max: { kind: 'time', of: ({ lateness }) => lateness?.maxUs },
  mean: { kind: 'time', of: ({ lateness }) => lateness?.meanUs },
  stall: { kind: 'time', of: ({ stalls }) => (stalls.longest?.durationS ?? 0) * 1e6 },
  drift: {
    kind: 'drift',
    of: ({ driftPpm }) => (driftPpm === undefined ? undefined : Math.abs(driftPpm)),
  },
  sent: { kind: 'events', of: ({ sent }) => sent },
  lost: {
    kind: 'events',
    of: ({ dropped, damage, undelivered, relay }) =>
      dropped +
      damage.lostEvents +
      (undelivered.mostEvents ?? 0) +
      (relay === undefined ? 0 : relay.dropped + relay.lost),
  },
  rate: { kind: 'rate', of: ({ durationS, eventsPerS }) => (durationS > 0 ? eventsPerS : undefined) },
} as const satisfies Record<string, MetricRow>;

const KINDS = Object.fromEntries(Object.entries(METRICS).map(([name, { kind }]) => [name, kind])) as Record<
  Metric,
  MetricKind
>;
/** The metrics that are measured flat out, where an event is due when it is sent. */
const MEASURED_FLAT_OUT: readonly Metric[] = ['stall', 'sent', 'lost', 'rate'];

/**
 * Parses conditions such as `p99>5ms`, `max>=1s`, `lost>0`, `sent<1`, `rate<5000`, `drift>1ppm` and `stall>100ms`.
 *
 * @param name of the option, for errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseThresholds(conditions: readonly string[], name = 'failIf'): readonly Threshold[] {
  return conditions.map((given) => {
    const threshold = parseCondition(given, name, KINDS);
    if (threshold.metric === 'stall' && limitUs(threshold) * 1000 < SHORTEST_STALL_NS)
      throw expect.badOption(name, 'a stall of 1ms or more, as shorter ones are not counted', given);
    return threshold;
  });
}

/** Refuses conditions on metrics that are not measured flat out. @throws TcsReplayError `BAD_OPTION` */
export function refuseUnmeasured(thresholds: readonly Threshold[], name: string): void {
  for (const { metric, condition } of thresholds) {
    if (MEASURED_FLAT_OUT.includes(metric)) continue;
    const expected = `on ${MEASURED_FLAT_OUT.join(', ')} at max speed, where no event is late`;
    throw expect.badOption(name, expected, condition);
  }
}

/** Tests the conditions. A condition on what was not measured counts as failed. */
export function testThresholds(
  thresholds: readonly Threshold[],
  outcome: Measured,
): Pick<ReplayOutcome, 'failed' | 'passed'> {
  const tested = thresholds.map((threshold) =>
    testCondition(threshold, METRICS[threshold.metric].of(outcome)),
  );
  const those = (fail: boolean) => tested.filter(({ holds }) => holds === fail).map((each) => each.tested);
  return { failed: those(true), passed: those(false) };
}
