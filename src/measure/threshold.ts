import * as expect from '../shared/expect.js';
import type { ReplayOutcome, TestedThreshold } from './outcome.js';
import { SHORTEST_STALL_NS } from './stalls.js';

/** A figure that a condition of `failIf` can compare. */
type Metric = keyof typeof METRICS;
type Operator = '>' | '>=' | '<' | '<=';

/** A condition under which a replay counts as failed. */
export interface Threshold {
  /** As the user wrote it, without spaces: `p99>5ms`. */
  readonly condition: string;
  readonly metric: Metric;
  readonly operator: Operator;
  /** In `unit`. */
  readonly limit: number;
  /** Empty: a number of events, or of events per second. */
  readonly unit: string;
}

/** The outcome without the conditions. */
type Measured = Omit<ReplayOutcome, 'failed' | 'passed' | 'writeFailures'>;

/** The kind of a metric, which sets its units, and how it is read from an outcome. Times are in microseconds. */
interface MetricKind {
  readonly kind: 'time' | 'events' | 'rate' | 'drift';
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
    of: ({ dropped, damage, undelivered }) => dropped + damage.lostEvents + (undelivered.mostEvents ?? 0),
  },
  rate: { kind: 'rate', of: ({ durationS, eventsPerS }) => (durationS > 0 ? eventsPerS : undefined) },
} as const satisfies Record<string, MetricKind>;

const NAMES = Object.keys(METRICS) as Metric[];
/** The metrics that are measured flat out, where an event is due when it is sent. */
const MEASURED_FLAT_OUT: readonly Metric[] = ['stall', 'sent', 'lost', 'rate'];
const UNIT_US: Record<string, number> = { us: 1, µs: 1, ms: 1000, s: 1e6 };
const OPERATORS: Record<Operator, (found: number, limit: number) => boolean> = {
  '>': (found, limit) => found > limit,
  '>=': (found, limit) => found >= limit,
  '<': (found, limit) => found < limit,
  '<=': (found, limit) => found <= limit,
};
const CONDITION = /^([^<>=]*)(>=|<=|>|<)(.*)$/;
const AMOUNT = /^(\d+(?:\.\d+)?|\.\d+)(\D*)$/;

/**
 * Parses conditions such as `p99>5ms`, `max>=1s`, `lost>0`, `sent<1`, `rate<5000`, `drift>1ppm` and `stall>100ms`.
 *
 * @param name of the option, for errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseThresholds(conditions: readonly string[], name = 'failIf'): readonly Threshold[] {
  return conditions.map((condition) => parseThreshold(condition, name));
}

function parseThreshold(given: string, name: string): Threshold {
  const condition = given.replace(/\s+/g, '').replace('\u03bc', 'µ');
  const [, metric, operator, amount] = CONDITION.exec(condition) ?? [];
  if (metric === undefined)
    throw expect.badOption(name, 'a condition such as p99>5ms', given, hintOf(condition));
  const known = expect.oneOf(`what ${name} compares`, metric, NAMES);
  const { kind } = METRICS[known];
  const [, digits, unit] = AMOUNT.exec(amount) ?? [];
  const limit = Number(digits);
  const refuse = (expected: string) => expect.badOption(name, expected, given);
  switch (kind) {
    case 'time': {
      const us = limit * (UNIT_US[unit] ?? Number.NaN);
      if (Number.isNaN(us))
        throw refuse(`${known} and a time with its unit, us, ms or s, such as ${known}>5ms`);
      if (known === 'stall' && us * 1000 < SHORTEST_STALL_NS) {
        throw refuse('a stall of 1ms or more, as shorter ones are not counted');
      }
      break;
    }
    case 'drift':
      if (!(limit >= 0 && unit === 'ppm')) throw refuse('a drift in parts per million, such as drift>1ppm');
      break;
    default:
      if (!(limit >= 0 && unit === ''))
        throw refuse(`${known} and a number without a unit, such as ${known}>0`);
  }
  return {
    condition,
    metric: known,
    operator: operator as Operator,
    limit,
    unit: unit === 'us' ? 'µs' : unit,
  };
}

/** A hint for a known metric without a known operator; empty otherwise. */
function hintOf(condition: string): string {
  const [word] = /^p?[\d.]*[a-z]*/i.exec(condition) as RegExpExecArray;
  const near = expect.nearest(word, NAMES);
  return near === undefined ? '' : `; ${near} takes one of > >= < <=`;
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
  const failed: TestedThreshold[] = [];
  const passed: TestedThreshold[] = [];
  for (const { condition, metric, operator, limit, unit } of thresholds) {
    const { kind, of } = METRICS[metric];
    const measured = of(outcome);
    const found = measured === undefined ? null : kind === 'time' ? measured / UNIT_US[unit] : measured;
    const holds = found === null || OPERATORS[operator](found, limit);
    (holds ? failed : passed).push({ condition, found, unit });
  }
  return { failed, passed };
}
