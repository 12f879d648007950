import { type Condition, isTime, type MetricKind, parseCondition } from '../measure/condition.js';

/** A figure of a subscriber, or of the load, that a condition can compare. */
export type LoadMetric = keyof typeof METRICS;

/** Figures of a subscriber. Times are from when an event was due until it was received. */
const METRICS = {
  p50: 'time',
  p90: 'time',
  p99: 'time',
  'p99.9': 'time',
  'p99.99': 'time',
  max: 'time',
  mean: 'time',
  lost: 'events',
  'lost%': 'share',
  lag: 'events or time',
  duplicated: 'events',
  reordered: 'events',
  'backed-up': 'share',
  recovery: 'time',
  /** Events received a second. */
  rate: 'rate',
  received: 'events',
  /** The highest rate, or speed, that a search has found. */
  'max-rate': 'rate',
  'max-speed': 'rate',
} as const satisfies Record<string, MetricKind>;

/** A condition under which a subscriber counts as failed. */
export interface LoadCondition extends Condition<LoadMetric> {
  /** Name of the subscriber, which `condition` is without; undefined: it holds for each of them. */
  readonly subscriber: string | undefined;
}

/** `gui: p99>20ms`: a name can have any characters but a colon and a comparison. */
const WITH_NAME = /^\s*([^:<>=]+?)\s*:\s*(.*)$/s;

/**
 * Parses conditions such as `lost>0`, `gui: p99>20ms`, `lag>2s`, `backed-up>1%`.
 *
 * @param name of the option, for errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseLoadConditions(given: readonly string[], name: string): LoadCondition[] {
  return given.map((text) => {
    const [, subscriber, rest = text] = WITH_NAME.exec(text) ?? [];
    const plain = withoutFactor(withShare(rest));
    return { ...parseCondition(plain, name, METRICS), condition: squeezed(rest), subscriber };
  });
}

/** The figures of a subscriber that conditions compare; undefined: not measured. Times in microseconds. */
export interface ConditionFigures extends Partial<Record<Exclude<LoadMetric, 'lag'>, number | undefined>> {
  readonly lagEvents?: number | undefined;
  readonly lagUs?: number | undefined;
}

/** What a condition compares. */
export function figureOf(condition: LoadCondition, figures: ConditionFigures): number | undefined {
  const { metric } = condition;
  if (metric === 'lag') return isTime(condition) ? figures.lagUs : figures.lagEvents;
  return figures[metric];
}

/** The least time that a percentile, the mean or the largest latency may reach, in microseconds; undefined: any. */
export function isLatency({ metric }: Pick<LoadCondition, 'metric'>): boolean {
  return METRICS[metric] === 'time' && metric !== 'recovery';
}

/** Whether it is on what a search finds, and not on a subscriber. */
export function isOnSearch({ metric }: Pick<LoadCondition, 'metric'>): boolean {
  return metric === 'max-rate' || metric === 'max-speed';
}

/** Whether it can be missed before the load has ended: what is too little may still grow, and nobody has caught up by then. */
export function canBeMissedEarly({ metric, operator }: Pick<LoadCondition, 'metric' | 'operator'>): boolean {
  return metric !== 'recovery' && (operator === '>' || operator === '>=');
}

/** `lost%>1` means `lost%>1%`. */
function withShare(text: string): string {
  return /^\s*lost%\s*[<>]=?\s*[\d.]+\s*$/.test(text) ? `${text.trim()}%` : text;
}

/** `max-rate<5k` means `max-rate<5000`, and `max-speed<10x` means `max-speed<10`. */
function withoutFactor(text: string): string {
  const [, start, digits, factor] =
    /^(\s*max-(?:rate|speed)\s*[<>]=?)\s*([\d.]+)(k|M|x)\s*$/.exec(text) ?? [];
  if (digits === undefined) return text;
  return `${start}${Number(digits) * (factor === 'k' ? 1e3 : factor === 'M' ? 1e6 : 1)}`;
}

function squeezed(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}
