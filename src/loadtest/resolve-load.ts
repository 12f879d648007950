import { optionValue } from '../options/option-table.js';
import type { Arrival } from '../pacing/stage-pace.js';
import type { Stage } from '../pacing/stage-plan.js';
import * as expect from '../shared/expect.js';
import { readServerKeys, type ServerKeys } from '../zmq/curve/server-keys.js';
import { parseWindow, type WindowSpec } from './busiest-window.js';
import { type EndpointSpec, parseEndpoints } from './endpoint-spec.js';
import { type LoadCondition, parseLoadConditions } from './load-condition.js';
import { ARRIVALS, PROFILE_NAMES, PROFILES, STAMPS } from './load-names.js';
import type { LoadTestOptions } from './load-options.js';
import { parseStages, type StageUnit } from './stage-spec.js';
import { parseSubscriberSpecs, type SubscriberSpec } from './subscriber/subscriber-spec.js';
import type { Runaway } from './topic-mix.js';

const MOST_TELESCOPES = 100;
const LONGEST_DRAIN_S = 2_000_000;
const MOST_AGENTS = 1000;
const DEFAULTS = { profile: 'smoke', seed: 1, amplify: 1, drainS: 5, agents: 0 } as const;

/** The options that are the load test's own, with their defaults filled in, checked. */
export interface ResolvedLoad {
  readonly unit: StageUnit;
  readonly stages: readonly Stage[];
  readonly arrival: Arrival;
  readonly seed: number;
  readonly window: WindowSpec | undefined;
  readonly telescopes: number;
  readonly runaway: Runaway | undefined;
  readonly silent: readonly string[];
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
  const { profile, stages, window } = options;
  if (profile !== undefined && stages !== undefined)
    throw expect.notTogether(nameOf('profile'), nameOf('stages'), 'a profile is a list of stages');
  const name = expect.oneOf(nameOf('profile'), profile ?? DEFAULTS.profile, PROFILE_NAMES);
  const load =
    stages === undefined
      ? parseStages(PROFILES[name], nameOf('profile'))
      : parseStages(expect.texts(nameOf('stages'), stages), nameOf('stages'));
  const arrival = expect.oneOf(
    nameOf('arrival'),
    options.arrival ?? (load.unit === 'speed' ? 'recorded' : 'even'),
    ARRIVALS,
  );
  if (load.unit === 'speed' && arrival !== 'recorded')
    throw expect.notTogether(
      `${nameOf('arrival')} ${arrival}`,
      `a speed in ${nameOf(stages === undefined ? 'profile' : 'stages')}`,
      'a speed keeps the distances of the recording; give a rate such as 1k:30s',
    );
  return {
    ...load,
    arrival,
    seed: expect.integer(nameOf('seed'), options.seed ?? DEFAULTS.seed, 0),
    window: window === undefined ? undefined : parseWindow(window, nameOf('window')),
    telescopes: expect.integer(nameOf('amplify'), options.amplify ?? DEFAULTS.amplify, 1, MOST_TELESCOPES),
    runaway: options.runaway === undefined ? undefined : parseRunaway(options.runaway, nameOf('runaway')),
    silent: expect.texts(nameOf('silence'), options.silence ?? []),
    specs: parseSubscriberSpecs(options.subscribers ?? [], nameOf('subscribers')),
    hasSentinel: options.sentinel ?? true,
    endpoints: parseEndpoints(
      expect.texts(nameOf('endpoints'), options.endpoints ?? []),
      nameOf('endpoints'),
    ),
    hasStamp: expect.oneOf(nameOf('stamp'), options.stamp ?? 'none', STAMPS) === 'frame',
    reportBind: options.reportBind,
    agents: agentsOf(options, nameOf),
    conditions: parseLoadConditions(expect.texts(nameOf('failIf'), options.failIf ?? []), nameOf('failIf')),
    abortOnFail: options.abortOnFail ?? false,
    highWaterMark: optionValue('highWaterMark', options.highWaterMark, nameOf('highWaterMark')),
    lingerMs: optionValue('lingerMs', options.lingerMs, nameOf('lingerMs')),
    waitTimeoutS: optionValue('waitTimeoutS', options.waitTimeoutS, nameOf('waitTimeoutS')),
    blockTimeoutS: optionValue('blockTimeoutS', options.blockTimeoutS, nameOf('blockTimeoutS')),
    curve: readServerKeys({ curveKeys: options.curveKeys, curveClients: options.curveClients }, nameOf),
    drainS: expect.atLeast(nameOf('drainS'), options.drainS ?? DEFAULTS.drainS, 0, LONGEST_DRAIN_S),
  };
}

function agentsOf(
  { agents = DEFAULTS.agents, reportBind }: LoadTestOptions,
  nameOf: expect.NameOf<keyof LoadTestOptions>,
): number {
  const count = expect.integer(nameOf('agents'), agents, 0, MOST_AGENTS);
  if (count === 0 || reportBind !== undefined) return count;
  throw expect.needs(nameOf('agents'), nameOf('reportBind'), 'the address at which they report');
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
