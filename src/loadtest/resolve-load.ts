import type { Arrival } from '../pacing/stage-pace.js';
import type { Stage } from '../pacing/stage-plan.js';
import * as expect from '../shared/expect.js';
import { parseWindow, type WindowSpec } from './busiest-window.js';
import { type LoadCondition, parseLoadConditions } from './load-condition.js';
import type { LoadTestOptions } from './load-options.js';
import { ARRIVALS, PROFILE_NAMES, PROFILES } from './load-names.js';
import { parseStages, type StageUnit } from './stage-spec.js';
import { parseSubscriberSpecs, type SubscriberSpec } from './subscriber/subscriber-spec.js';

const MOST_TELESCOPES = 100;
const LONGEST_DRAIN_S = 2_000_000;
const DEFAULTS = { profile: 'smoke', seed: 1, amplify: 1, drainS: 5 } as const;

/** The options that are the load test's own, with their defaults filled in, checked. */
export interface ResolvedLoad {
  readonly unit: StageUnit;
  readonly stages: readonly Stage[];
  readonly arrival: Arrival;
  readonly seed: number;
  readonly window: WindowSpec | undefined;
  readonly telescopes: number;
  readonly specs: readonly SubscriberSpec[];
  readonly hasSentinel: boolean;
  readonly conditions: readonly LoadCondition[];
  readonly abortOnFail: boolean;
  readonly drainS: number;
}

/** @throws TcsReplayError `BAD_OPTION` */
export function resolveLoad(options: LoadTestOptions, nameOf: expect.NameOf<keyof LoadTestOptions>): ResolvedLoad {
  const { profile, stages, window } = options;
  if (profile !== undefined && stages !== undefined)
    throw expect.notTogether(nameOf('profile'), nameOf('stages'), 'a profile is a list of stages');
  const name = expect.oneOf(nameOf('profile'), profile ?? DEFAULTS.profile, PROFILE_NAMES);
  const load =
    stages === undefined ? parseStages(PROFILES[name], nameOf('profile')) : parseStages(expect.texts(nameOf('stages'), stages), nameOf('stages'));
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
    specs: parseSubscriberSpecs(options.subscribers ?? [], nameOf('subscribers')),
    hasSentinel: options.sentinel ?? true,
    conditions: parseLoadConditions(expect.texts(nameOf('failIf'), options.failIf ?? []), nameOf('failIf')),
    abortOnFail: options.abortOnFail ?? false,
    drainS: expect.atLeast(nameOf('drainS'), options.drainS ?? DEFAULTS.drainS, 0, LONGEST_DRAIN_S),
  };
}
