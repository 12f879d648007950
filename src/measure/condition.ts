import * as expect from '../shared/expect.js';

/** What a metric is measured in: it sets the units of a limit. */
export type MetricKind = 'time' | 'events' | 'rate' | 'drift' | 'share' | 'events or time';

type Operator = '>' | '>=' | '<' | '<=';

/** A condition on a figure, under which a run counts as failed. */
export interface Condition<M extends string = string> {
  /** As the user wrote it, without spaces: `p99>5ms`. */
  readonly condition: string;
  readonly metric: M;
  readonly operator: Operator;
  /** In `unit`. */
  readonly limit: number;
  /** `µs`, `ms`, `s`, `ppm` or `%`; empty: a number of events, or of events per second. */
  readonly unit: string;
}

/** A condition, and what was measured. */
export interface TestedCondition {
  readonly condition: string;
  /** The measured value, in `unit`; null: it was not measured. */
  readonly found: number | null;
  /** `µs`, `ms`, `s`, `ppm` or `%`; empty for numbers of events and rates. */
  readonly unit: string;
}

/** Microseconds of a unit of time. */
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
 * Parses a condition such as `p99>5ms`.
 *
 * @param name of the option, for errors
 * @param kinds the metrics that there are
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseCondition<M extends string>(
  given: string,
  name: string,
  kinds: Readonly<Record<M, MetricKind>>,
): Condition<M> {
  const condition = given.replace(/\s+/g, '').replace('\u03bc', 'µ');
  const [, metric, operator, amount] = CONDITION.exec(condition) ?? [];
  const names = Object.keys(kinds) as M[];
  if (metric === undefined)
    throw expect.badOption(name, 'a condition such as p99>5ms', given, hintOf(condition, names));
  const known = expect.oneOf(`what ${name} compares`, metric, names);
  const [, digits, unit] = AMOUNT.exec(amount) ?? [];
  const limit = Number(digits);
  const expected = limit >= 0 ? unfit(known, kinds[known], unit) : amountOf(known, kinds[known]);
  if (expected !== undefined) throw expect.badOption(name, expected, given);
  const shownUnit = unit === 'us' ? 'µs' : unit;
  return { condition, metric: known, operator: operator as Operator, limit, unit: shownUnit };
}

/** Whether a condition holds, which is a failure. It holds for what was not measured. @param measured times in µs */
export function testCondition(
  { condition, operator, limit, unit }: Condition,
  measured: number | undefined,
): { holds: boolean; tested: TestedCondition } {
  const found = measured === undefined ? null : measured / (isTime({ unit }) ? UNIT_US[unit] : 1);
  const holds = found === null || OPERATORS[operator](found, limit);
  return { holds, tested: { condition, found, unit } };
}

/** Whether the limit of a condition is a time. */
export function isTime({ unit }: Pick<Condition, 'unit'>): boolean {
  return Object.hasOwn(UNIT_US, unit);
}

/** The limit of a condition on a time, in microseconds. */
export function limitUs({ limit, unit }: Condition): number {
  return limit * UNIT_US[unit];
}

/** @returns what was expected, where the unit does not fit the metric */
function unfit(metric: string, kind: MetricKind, unit: string): string | undefined {
  const fits = {
    time: Object.hasOwn(UNIT_US, unit),
    drift: unit === 'ppm',
    share: unit === '%',
    'events or time': unit === '' || Object.hasOwn(UNIT_US, unit),
    events: unit === '',
    rate: unit === '',
  }[kind];
  return fits ? undefined : amountOf(metric, kind);
}

function amountOf(metric: string, kind: MetricKind): string {
  switch (kind) {
    case 'time':
      return `${metric} and a time with its unit, us, ms or s, such as ${metric}>5ms`;
    case 'drift':
      return 'a drift in parts per million, such as drift>1ppm';
    case 'share':
      return `${metric} and a percentage, such as ${metric}>1%`;
    case 'events or time':
      return `${metric} and a number of events, or a time with its unit, such as ${metric}>1000 or ${metric}>2s`;
    default:
      return `${metric} and a number without a unit, such as ${metric}>0`;
  }
}

/** A hint for a known metric without a known operator; empty otherwise. */
function hintOf(condition: string, names: readonly string[]): string {
  const [word] = /^p?[\d.]*[a-z]*/i.exec(condition) as RegExpExecArray;
  const near = expect.nearest(word, names);
  return near === undefined ? '' : `; ${near} takes one of > >= < <=`;
}
