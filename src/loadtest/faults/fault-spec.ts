import * as expect from '../../shared/expect.js';

/** Faults that hit single events. */
export const EVENT_FAULTS = [
  ...(['drop', 'duplicate', 'reorder', 'delay'] as const),
  ...(['truncate', 'wrong-type', 'missing-key', 'nan', 'huge', 'non-utf8'] as const),
] as const;
export type EventFaultKind = (typeof EVENT_FAULTS)[number];

export const FAULT_KINDS = [...EVENT_FAULTS, 'clock-step', 'restart'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** How many events are hit: a share of all, 0 to 1, or a number of them, at random moments. */
export type FaultAmount = { readonly share: number } | { readonly count: number };

interface Common {
  /** As the user wrote it. */
  readonly text: string;
  /** When it begins or happens, in seconds since the load began. */
  readonly fromS: number;
  /** When it ends; the end of the load at the latest. */
  readonly toS: number;
}

/** A fault that hits single events. */
export interface EventFault extends Common {
  readonly kind: EventFaultKind;
  readonly amount: FaultAmount;
  /** How much later delayed events are sent, in seconds. */
  readonly byS: number;
  /** What huge events are filled up to, in bytes. */
  readonly sizeBytes: number;
  /** The key that is hit; undefined: any but the times. */
  readonly key: string | undefined;
}

/** The clock of the publisher jumps: all times in the events are later, or earlier, until it jumps back. */
export interface ClockStep extends Common {
  readonly kind: 'clock-step';
  readonly stepS: number;
}

/** The publisher is restarted. */
export interface Restart extends Common {
  readonly kind: 'restart';
}

export type FaultSpec = EventFault | ClockStep | Restart;

const MOST_FAULTS = 100;
const DEFAULT_DELAY_S = 0.2;
const LONGEST_DELAY_S = 3600;
const DEFAULT_SIZE_BYTES = 1 << 20;
const MOST_SIZE_BYTES = 32 << 20;
const LONGEST_STEP_S = 1e9;

/** Keys that some kinds take besides. */
const KEYS = { delay: 'by', huge: 'size', 'wrong-type': 'key', 'missing-key': 'key', nan: 'key' } as const;

const FAULT = /^([^:@]*)(?::([^@]*))?(?:@(.*?)(?:\.\.(.*))?)?$/s;
const SHARE = /^(\d+(?:\.\d+)?|\.\d+)(%)?$/;
const STEP = /^([+-])(.+)$/;

/**
 * Parses faults: `drop:1%`, `nan:3@10s..20s`, `delay:1%,by=200ms`, `clock-step:-2s@10s..20s`, `restart@30s`.
 *
 * @param name of the option, for errors
 * @param durationS how long the load takes; Infinity: not known
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseFaults(
  given: readonly string[],
  name: string,
  durationS = Number.POSITIVE_INFINITY,
): FaultSpec[] {
  if (given.length > MOST_FAULTS) throw expect.badOption(name, `at most ${MOST_FAULTS} times`, given.length);
  return given.map((text) => parseFault(text.trim(), name, durationS));
}

function parseFault(text: string, name: string, durationS: number): FaultSpec {
  const [, kindText = '', rest, from, to] = FAULT.exec(text) ?? [];
  const where = (part: string) => `${part} of ${name} "${text}"`;
  const kind = expect.oneOf(where('the kind'), kindText.trim(), FAULT_KINDS);
  const fromS = from === undefined ? 0 : expect.durationOrZeroS(where('the begin'), from);
  if (fromS >= durationS)
    throw expect.badOption(where('the begin'), `before the load ends, at ${durationS}s`, from);
  const endS = to === undefined ? Number.POSITIVE_INFINITY : expect.durationS(where('the end'), to);
  if (endS <= fromS) throw expect.badOption(where('the end'), 'later than the begin', to);
  const common = { text, fromS, toS: Math.min(endS, durationS) };
  if (kind === 'restart') return { ...common, kind, ...parseRestart(text, name, { rest, from, to }) };
  if (rest === undefined) throw missing(kind, name, text);
  if (kind === 'clock-step') return { ...common, kind, stepS: parseStep(rest, where('the step')) };
  const [events, ...settings] = rest.split(',');
  const amount = parseAmount(events, name, text);
  if ('count' in amount && common.toS === Number.POSITIVE_INFINITY)
    throw expect.badOption(name, `a share such as ${kind}:1%, or with an end, such as @10s..20s`, text);
  return { ...common, kind, amount, ...parseSettings(kind, settings, where) };
}

function missing(kind: FaultKind, name: string, text: string): Error {
  return kind === 'clock-step'
    ? expect.badOption(name, 'clock-step with the step, such as clock-step:-2s@10s..20s', text)
    : expect.badOption(name, `${kind} with how many events it hits, such as ${kind}:1% or ${kind}:3`, text);
}

function parseRestart(
  text: string,
  name: string,
  { rest, from, to }: Record<'rest' | 'from' | 'to', string | undefined>,
): object {
  if (rest === undefined && from !== undefined && to === undefined) return {};
  throw expect.badOption(name, 'restart with its moment, such as restart@30s', text);
}

function parseStep(text: string, name: string): number {
  const [, sign, size = ''] = STEP.exec(text.trim()) ?? [];
  const stepS = expect.secondsOf(size);
  if (sign !== undefined && stepS > 0 && stepS <= LONGEST_STEP_S) return sign === '-' ? -stepS : stepS;
  throw expect.badOption(name, 'a time with its sign, such as +1h or -2s', text);
}

/** `1%` and `0.01` are shares, `3` is a number. */
function parseAmount(text: string, name: string, fault: string): FaultAmount {
  const [, digits, percent] = SHARE.exec(text.trim()) ?? [];
  const number = Number(digits);
  const isShare = percent !== undefined || digits?.includes('.') === true;
  const share = percent === undefined ? number : number / 100;
  if (isShare && share > 0 && share <= 1) return { share };
  if (!isShare && number >= 1 && Number.isSafeInteger(number)) return { count: number };
  throw expect.badOption(
    `how many events ${name} "${fault}" hits`,
    'a share above 0 such as 1% or 0.01, or a number such as 3',
    text,
  );
}

function parseSettings(
  kind: EventFaultKind,
  settings: readonly string[],
  where: (part: string) => string,
): Pick<EventFault, 'byS' | 'sizeBytes' | 'key'> {
  const result = {
    byS: DEFAULT_DELAY_S,
    sizeBytes: DEFAULT_SIZE_BYTES,
    key: undefined as string | undefined,
  };
  const known = (KEYS as Partial<Record<EventFaultKind, string>>)[kind];
  for (const [i, setting] of settings.entries()) {
    const [, key, value = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(setting) ?? [];
    if (known === undefined) throw expect.badOption(where(`what follows ${kind}`), 'nothing', setting);
    if (key !== known || value === '' || i > 0)
      throw expect.badOption(
        where(`what follows ${kind}`),
        `${known}= with its value, once`,
        settings.join(','),
      );
    if (known === 'by') result.byS = delayS(value, where(known));
    else if (known === 'size') result.sizeBytes = sizeBytes(value, where(known));
    else result.key = value;
  }
  return result;
}

function delayS(text: string, name: string): number {
  const byS = expect.durationS(name, text);
  if (byS <= LONGEST_DELAY_S) return byS;
  throw expect.badOption(name, `at most ${LONGEST_DELAY_S}s`, text);
}

function sizeBytes(text: string, name: string): number {
  const bytes = expect.sizeBytes(name, text);
  if (bytes <= MOST_SIZE_BYTES) return bytes;
  throw expect.badOption(name, `at most ${MOST_SIZE_BYTES >> 20}MiB`, text);
}
