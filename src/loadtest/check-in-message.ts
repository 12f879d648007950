import { type Histogram, LARGEST_NS, latenessHistogram } from '../measure/histogram.js';
import { decodeHistogram, decodePercentiles, percentilesOf } from '../measure/histogram-text.js';
import { messageOf } from '../shared/errors.js';
import { AGENT_TOKEN } from './agent-mark.js';
import { SUBSCRIBER_NAME } from './subscriber/subscriber-name.js';

/** A message of a foreign subscriber, or of an agent, to the check-in socket of a load test. */
export type CheckInMessage =
  /** It asks for the time. `sentS`: its own clock, in Unix seconds. `agent`: the name of the agent that asks. */
  | { readonly kind: 'clock'; readonly sentS: number; readonly agent: string | undefined }
  | { readonly kind: 'report'; readonly report: ForeignReport }
  | { readonly kind: 'hello'; readonly hello: AgentHello }
  | { readonly kind: 'end'; readonly end: AgentEnd };

/** What an agent says of itself before its subscribers connect. */
export interface AgentHello {
  readonly agent: string;
  /** Of this run of the agent: 16 hexadecimal digits. */
  readonly token: string;
  readonly host: string;
  readonly cores: number;
  /** Number of its subscribers: they are called as `subscriberNames` says. */
  readonly subscribers: number;
  /** Names of the proxies between the publisher and the agent, the publisher's side first; empty: none. */
  readonly hops: readonly string[];
}

/** An agent has ended, and has sent the last reports of its subscribers before. */
export interface AgentEnd {
  readonly agent: string;
  readonly token: string;
  /** Events that all its subscribers have received. */
  readonly received: number;
}

/** What a foreign subscriber has received since it began, by its own account. */
export interface ForeignReport {
  readonly name: string;
  readonly received: number;
  /** Wire times of the first event, and the latest of all, in microseconds since 1970; null before any. */
  readonly firstWireUs: number | null;
  readonly lastWireUs: number | null;
  readonly duplicated: number;
  readonly reordered: number;
  /** Latencies so far. Undefined if it does not measure them. */
  readonly latency: ForeignLatency | undefined;
  /** How far its clock is behind that of the load test, and the error of that; its latencies are corrected for it. */
  readonly clock: { readonly offsetUs: number; readonly errorUs: number } | undefined;
  /** What its topics begin with; empty: it takes all. */
  readonly prefixes: readonly string[];
  /** Of its process, if it is on this machine. */
  readonly pid: number | undefined;
  /** Of its connections on its own machine, such as `10.0.0.7:40112`; empty: it does not tell. */
  readonly addresses: readonly string[];
  /** Whether it has ended, without being told to. */
  readonly hasGone: boolean;
  /** When it sent the report, by its own clock, in microseconds since 1970. */
  readonly sentAtUs: number;
}

/** Text of HdrHistogram in nanoseconds, or pairs of microseconds and how many events took that long. */
export type ForeignLatency = string | readonly (readonly [latencyUs: number, count: number])[];

const LONGEST_NAME = 100;
/** Of a histogram in base64: one with a different count in each of 3000 buckets has some 12,000. */
const LONGEST_TEXT = 64 << 10;
const MOST_BUCKETS = 2000;
const [MOST_TOPICS, LONGEST_TOPIC] = [256, 255];
const [MOST_ADDRESSES, LONGEST_ADDRESS] = [16, 64];
/** Until the year 2286. */
const LARGEST_TIME_S = 1e10;
const [LONGEST_HOST, MOST_CORES, MOST_SUBSCRIBERS, MOST_HOPS] = [255, 65_536, 1000, 8];
const EXPECTED = '{"report": {…}}, {"clock": SECONDS}, {"hello": {…}} or {"end": {…}}';

/**
 * Reads and checks a message. It may come from anyone.
 *
 * @throws Error that says what was expected and what was found
 */
export function parseCheckIn(frames: readonly Buffer[]): CheckInMessage {
  if (frames.length !== 1) throw new Error(`Expected one frame, ${EXPECTED}, got ${frames.length}`);
  const message = parsed(frames[0] as Buffer);
  if (!isObject(message)) throw new Error(`Expected ${EXPECTED}, got ${kindOf(message)}`);
  if ('clock' in message) {
    const agent = message.agent == null ? undefined : nameOf(message, 'agent');
    return { kind: 'clock', sentS: timeS(message, 'clock'), agent };
  }
  if (isObject(message.hello)) return { kind: 'hello', hello: readHello(message.hello) };
  if (isObject(message.end)) return { kind: 'end', end: readEnd(message.end) };
  const { report } = message;
  if (!isObject(report)) throw new Error(`Expected ${EXPECTED}, and report is ${kindOf(report)}`);
  return { kind: 'report', report: readReport(report) };
}

/** The latencies of a report, in nanoseconds. @throws RangeError if a text is no histogram */
export function histogramOf(latency: ForeignLatency): Histogram {
  if (typeof latency === 'string') return decodeHistogram(latency);
  const histogram = latenessHistogram();
  for (const [latencyUs, count] of latency) {
    if (count > 0) histogram.recordValueWithCount(Math.min(LARGEST_NS, Math.round(1000 * latencyUs)), count);
  }
  return histogram;
}

/** Percentiles of the latencies of a report, in nanoseconds. @param percents ascending @returns undefined: there are none */
export function latencyPercentiles(
  latency: ForeignLatency,
  percents: readonly number[],
): number[] | undefined {
  if (typeof latency === 'string') return decodePercentiles(latency, percents);
  const ascending = latency.map(([us, count]) => [1000 * us, count] as const).sort(([a], [b]) => a - b);
  return percentilesOf(ascending, percents);
}

type Fields = Readonly<Record<string, unknown>>;

function readHello(hello: Fields): AgentHello {
  const { host, hops = [] } = hello;
  if (typeof host !== 'string' || host === '' || host.length > LONGEST_HOST)
    throw new Error(`Expected host to be a text of 1 to ${LONGEST_HOST} characters, got ${kindOf(host)}`);
  const isPath = Array.isArray(hops) && hops.length <= MOST_HOPS;
  if (!isPath || !hops.every((hop) => typeof hop === 'string' && SUBSCRIBER_NAME.test(hop)))
    throw new Error(`Expected hops to be a list of at most ${MOST_HOPS} names, got ${kindOf(hops)}`);
  return {
    ...{ agent: nameOf(hello, 'agent'), token: tokenOf(hello), host, hops },
    cores: whole(hello, 'cores', 1, MOST_CORES),
    subscribers: whole(hello, 'subscribers', 1, MOST_SUBSCRIBERS),
  };
}

function readEnd(end: Fields): AgentEnd {
  return { agent: nameOf(end, 'agent'), token: tokenOf(end), received: count(end, 'received') };
}

function nameOf(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value === 'string' && SUBSCRIBER_NAME.test(value)) return value;
  throw new Error(
    `Expected ${key} to be a name of 1 to 64 letters, digits, ".", "_" and "-", got ${kindOf(value)}`,
  );
}

function tokenOf({ token }: Fields): string {
  if (typeof token === 'string' && AGENT_TOKEN.test(token)) return token;
  throw new Error(`Expected token to be 16 hexadecimal digits, got ${kindOf(token)}`);
}

function whole(fields: Fields, key: string, least: number, most: number): number {
  const value = fields[key];
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number;
  throw new Error(`Expected ${key} to be a whole number from ${least} to ${most}, got ${kindOf(value)}`);
}

function readReport(report: Fields): ForeignReport {
  const { name } = report;
  if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME) {
    throw new Error(`Expected name to be a text of 1 to ${LONGEST_NAME} characters, got ${kindOf(name)}`);
  }
  return {
    name,
    received: count(report, 'received'),
    firstWireUs: report.first == null ? null : timeUs(report, 'first'),
    lastWireUs: report.last == null ? null : timeUs(report, 'last'),
    duplicated: count(report, 'duplicated'),
    reordered: count(report, 'reordered'),
    latency: report.latency == null ? undefined : latencyOf(report.latency),
    clock: report.clock == null ? undefined : clockOf(report.clock),
    prefixes: report.topics == null ? [] : prefixesOf(report.topics),
    pid: report.pid == null ? undefined : count(report, 'pid'),
    addresses: report.addresses == null ? [] : addressesOf(report.addresses),
    hasGone: report.gone === true,
    sentAtUs: timeUs(report, 'sent_at'),
  };
}

function latencyOf(value: unknown): ForeignLatency {
  if (typeof value === 'string') {
    if (value.length > LONGEST_TEXT) {
      throw new Error(`Expected latency to have at most ${LONGEST_TEXT} characters, got ${value.length}`);
    }
    try {
      decodeHistogram(value);
    } catch (error) {
      throw new Error(
        `Expected latency to be a histogram of HdrHistogram in base64, and ${messageOf(error)}`,
      );
    }
    return value;
  }
  if (!isObject(value)) {
    throw new Error(
      `Expected latency to be a text, or an object of counts by microseconds, got ${kindOf(value)}`,
    );
  }
  const entries = Object.entries(value);
  if (entries.length > MOST_BUCKETS) {
    throw new Error(`Expected latency to have at most ${MOST_BUCKETS} counts, got ${entries.length}`);
  }
  const pairs = entries.map(([key]) => {
    const latencyUs = key.trim() === '' ? Number.NaN : Number(key);
    if (!(latencyUs >= 0 && latencyUs < Number.POSITIVE_INFINITY)) {
      throw new Error('Expected the keys of latency to be microseconds, 0 or more, and one is not');
    }
    return [latencyUs, count(value, key)] as const;
  });
  const total = pairs.reduce((sum, [, events]) => sum + events, 0);
  if (!Number.isSafeInteger(total)) throw new Error('Expected the counts of latency to have an exact sum');
  return pairs;
}

function prefixesOf(value: unknown): string[] {
  const prefixes = textsOf('topics', value, MOST_TOPICS, LONGEST_TOPIC);
  return prefixes.includes('') ? [] : prefixes;
}

function addressesOf(value: unknown): string[] {
  return textsOf('addresses', value, MOST_ADDRESSES, LONGEST_ADDRESS);
}

function textsOf(key: string, value: unknown, most: number, longest: number): string[] {
  const isList = Array.isArray(value) && value.length <= most;
  if (isList && value.every((each) => typeof each === 'string' && each.length <= longest)) return value;
  throw new Error(
    `Expected ${key} to be a list of at most ${most} texts of at most ${longest} characters, got ${kindOf(value)}`,
  );
}

function clockOf(value: unknown): { offsetUs: number; errorUs: number } {
  if (!isObject(value)) throw new Error(`Expected clock to be an object, got ${kindOf(value)}`);
  const offsetS = number(value, 'offset', -LARGEST_TIME_S, LARGEST_TIME_S);
  return { offsetUs: 1e6 * offsetS, errorUs: 1e6 * number(value, 'error', 0, LARGEST_TIME_S) };
}

function count(fields: Fields, key: string): number {
  const value = fields[key];
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new Error(`Expected a count to be a whole number, 0 or more, got ${kindOf(value)}`);
}

function timeUs(fields: Fields, key: string): number {
  return Math.round(1e6 * timeS(fields, key));
}

function timeS(fields: Fields, key: string): number {
  return number(fields, key, 0, LARGEST_TIME_S);
}

function number(fields: Fields, key: string, least: number, most: number): number {
  const value = fields[key];
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new Error(`Expected ${key} to be a number of seconds from ${least} to ${most}, got ${kindOf(value)}`);
}

function parsed(frame: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(frame));
  } catch {
    throw new Error(`Expected ${EXPECTED}, got ${frame.length} bytes that are not JSON in UTF-8`);
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Describes any value without its text, which can be anything. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || value === null) return String(value);
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
