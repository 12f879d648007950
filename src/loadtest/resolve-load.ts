import { optionValue } from '../options/option-table.js';
import { parseRoutes } from '../options/parse-routes.js';
import type { Arrival } from '../pacing/stage-pace.js';
import type { Stage } from '../pacing/stage-plan.js';
import * as expect from '../shared/expect.js';
import { readServerKeys, type ServerKeys } from '../zmq/curve/server-keys.js';
import { parseWindow, type WindowSpec } from './busiest-window.js';
import { type EndpointSpec, parseEndpoints } from './endpoint-spec.js';
import { type FaultSpec, parseFaults } from './faults/fault-spec.js';
import { type LoadCondition, parseLoadConditions } from './load-condition.js';
import { ARRIVALS, PROFILE_NAMES, PROFILES, STAMPS } from './load-names.js';
import type { LoadTestOptions } from './load-options.js';
import { type ResolvedSearch, resolveSearch } from './resolve-search.js';
import { parseStages, type Stages, type StageUnit } from './stage-spec.js';
import { parseSubscriberSpecs, type SubscriberSpec } from './subscriber/subscriber-spec.js';
import type { Runaway } from './topic-mix.js';

const MOST_TELESCOPES = 100;
const LONGEST_DRAIN_S = 2_000_000;
const DEFAULTS = { profile: 'smoke', seed: 1, amplify: 1, drainS: 5, agents: 0 } as const;
const SEARCH_DEFAULTS = { window: 'busiest:10s', drainS: 2 } as const;
const MOST_AGENTS = 1000;

/** The options that are the load test's own, with their defaults filled in, checked. */
export interface ResolvedLoad {
  readonly unit: StageUnit;
  /** Empty in a search. */
  readonly stages: readonly Stage[];
  /** Undefined: the stages are played. */
  readonly search: ResolvedSearch | undefined;
  readonly arrival: Arrival;
  readonly seed: number;
  readonly window: WindowSpec | undefined;
  readonly telescopes: number;
  readonly runaway: Runaway | undefined;
  readonly silent: readonly string[];
  readonly faults: readonly FaultSpec[];
  readonly specs: readonly SubscriberSpec[];
  readonly hasSentinel: boolean;
  readonly endpoints: readonly EndpointSpec[];
  readonly hasStamp: boolean;
  /** Where subscribers and agents report; undefined: they cannot. */
  readonly reportBind: string | undefined;
  /** Number of agents to wait for. */
  readonly agents: number;
  readonly conditions: readonly LoadCondition[];
  readonly abortOnFail: boolean;
  readonly drainS: number;
  /** Those of the publisher, which named endpoints share. */
  readonly highWaterMark: number;
  readonly lingerMs: number;
  readonly waitTimeoutS: number;
  readonly blockTimeoutS: number;
  readonly curve: ServerKeys | undefined;
}

/** @throws TcsReplayError `BAD_OPTION` */
export function resolveLoad(
  options: LoadTestOptions,
  nameOf: expect.NameOf<keyof LoadTestOptions>,
): ResolvedLoad {
  refuseTopics(options.url, nameOf('url'));
  const specs = parseSubscriberSpecs(options.subscribers ?? [], nameOf('subscribers'));
  const conditions = parseLoadConditions(
    expect.texts(nameOf('failIf'), options.failIf ?? []),
    nameOf('failIf'),
  );
  const search = resolveSearch(options, conditions, specs, nameOf);
  const load = search === undefined ? stagesOf(options, nameOf) : { unit: search.unit, stages: [] };
  const { window = search && SEARCH_DEFAULTS.window } = options;
  const drainS = options.drainS ?? (search === undefined ? DEFAULTS : SEARCH_DEFAULTS).drainS;
  const arrival = expect.oneOf(
    nameOf('arrival'),
    options.arrival ?? (load.unit === 'speed' ? 'recorded' : 'even'),
    ARRIVALS,
  );
  if (load.unit === 'speed' && arrival !== 'recorded')
    throw expect.notTogether(
      `${nameOf('arrival')} ${arrival}`,
      `a speed in ${speedName(options, nameOf)}`,
      'a speed keeps the distances of the recording; give a rate such as 1k:30s',
    );
  const { faults = [], faultLog } = options;
  if (faultLog !== undefined && faults.length === 0)
    throw expect.needs(nameOf('faultLog'), nameOf('faults'), 'there is nothing to list');
  if (search !== undefined && faults.length > 0)
    throw expect.notTogether(
      nameOf('faults'),
      'a search',
      'what is found would be the limit of the faults; give stages',
    );
  const durationS = load.stages.reduce((sum, stage) => sum + stage.durationS, 0);
  return {
    ...load,
    search,
    arrival,
    seed: expect.integer(nameOf('seed'), options.seed ?? DEFAULTS.seed, 0),
    window: window === undefined ? undefined : parseWindow(window, nameOf('window')),
    telescopes: expect.integer(nameOf('amplify'), options.amplify ?? DEFAULTS.amplify, 1, MOST_TELESCOPES),
    runaway: options.runaway === undefined ? undefined : parseRunaway(options.runaway, nameOf('runaway')),
    silent: expect.texts(nameOf('silence'), options.silence ?? []),
    faults: parseFaults(expect.texts(nameOf('faults'), faults), nameOf('faults'), durationS),
    specs,
    hasSentinel: options.sentinel ?? true,
    endpoints: parseEndpoints(
      expect.texts(nameOf('endpoints'), options.endpoints ?? []),
      nameOf('endpoints'),
    ),
    hasStamp: expect.oneOf(nameOf('stamp'), options.stamp ?? 'none', STAMPS) === 'frame',
    reportBind: options.reportBind,
    agents: agentsOf(options, nameOf),
    conditions,
    abortOnFail: options.abortOnFail ?? false,
    highWaterMark: optionValue('highWaterMark', options.highWaterMark, nameOf('highWaterMark')),
    lingerMs: optionValue('lingerMs', options.lingerMs, nameOf('lingerMs')),
    waitTimeoutS: optionValue('waitTimeoutS', options.waitTimeoutS, nameOf('waitTimeoutS')),
    blockTimeoutS: optionValue('blockTimeoutS', options.blockTimeoutS, nameOf('blockTimeoutS')),
    curve: readServerKeys({ curveKeys: options.curveKeys, curveClients: options.curveClients }, nameOf),
    drainS: expect.atLeast(nameOf('drainS'), drainS, 0, LONGEST_DRAIN_S),
  };
}

function stagesOf(
  { profile, stages }: LoadTestOptions,
  nameOf: expect.NameOf<keyof LoadTestOptions>,
): Stages {
  if (profile !== undefined && stages !== undefined)
    throw expect.notTogether(nameOf('profile'), nameOf('stages'), 'a profile is a list of stages');
  const name = expect.oneOf(nameOf('profile'), profile ?? DEFAULTS.profile, PROFILE_NAMES);
  // `breakpoint` searches: it has no stages.
  return stages === undefined
    ? parseStages(PROFILES[name as keyof typeof PROFILES], nameOf('profile'))
    : parseStages(expect.texts(nameOf('stages'), stages), nameOf('stages'));
}

/** The option that has set a speed. */
function speedName(
  { stages, sweep, findMax }: LoadTestOptions,
  nameOf: expect.NameOf<keyof LoadTestOptions>,
): string {
  if (sweep !== undefined) return nameOf('sweep');
  return nameOf(findMax !== undefined ? 'findMax' : stages === undefined ? 'profile' : 'stages');
}

function agentsOf(
  { agents = DEFAULTS.agents, reportBind }: LoadTestOptions,
  nameOf: expect.NameOf<keyof LoadTestOptions>,
): number {
  const count = expect.integer(nameOf('agents'), agents, 0, MOST_AGENTS);
  if (count === 0 || reportBind !== undefined) return count;
  throw expect.needs(nameOf('agents'), nameOf('reportBind'), 'the address at which they report');
}

/** Refuses an address with topics of its own: what a subscriber is to get would depend on where it connects. */
function refuseTopics(url: LoadTestOptions['url'], name: string): void {
  const urls = optionValue('url', url, name);
  const isPlain = parseRoutes({ url: urls, connect: [] }, () => name).every(
    ({ topics }) => topics.length === 0,
  );
  if (isPlain) return;
  throw expect.badOption(
    name,
    'addresses without topics in a load test, which sends the same to all',
    urls.join(' '),
  );
}

const RUNAWAY = /^(.+):(\d+(?:\.\d+)?)%$/;

/** Parses `tcs.tracker.position:70%`. */
function parseRunaway(text: string, name: string): Runaway {
  const [, topic, percent] = RUNAWAY.exec(text.trim()) ?? [];
  const share = Number(percent) / 100;
  if (topic !== undefined && share > 0 && share < 1) return { topic, share };
  throw expect.badOption(
    name,
    'a topic and its share, above 0% and below 100%, such as tcs.tracker.position:70%',
    text,
  );
}
