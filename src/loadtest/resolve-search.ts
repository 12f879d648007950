import * as expect from '../shared/expect.js';
import { isOnSearch, type LoadCondition } from './load-condition.js';
import { FIND_MAX } from './load-names.js';
import type { LoadTestOptions } from './load-options.js';
import type { SweepRange } from './search/sweep.js';
import { parseAmount, type StageUnit } from './stage-spec.js';
import type { SubscriberSpec } from './subscriber/subscriber-spec.js';

/** What is searched for, and how. */
export interface ResolvedSearch {
  /** The highest load that holds, the largest burst of which nothing is lost, or the figures of a list of loads. */
  readonly kind: 'highest' | 'burst' | 'sweep';
  readonly unit: StageUnit;
  /** The loads of a sweep: from the first to the last in so many steps. Undefined: it is none. */
  readonly sweep: SweepRange | undefined;
  /** As a share. */
  readonly width: number;
  readonly trialSumS: number;
  /** Share of the trials of a load that may be bad. */
  readonly exceedRatio: number;
  readonly warmUpS: number;
  /** 0: the load found is not held. */
  readonly holdS: number;
  readonly runs: number;
}

type Name = keyof LoadTestOptions;

const DEFAULTS = { width: '5%', trialSumS: 20, exceed: 0.5, warmUpS: 1, holdS: 30, runs: 1 } as const;
/** The options that say how to search, and those that are for other loads. */
const OF_SEARCH = ['width', 'trialSumS', 'exceed', 'warmUpS', 'holdS', 'runs'] as const;
const OF_HIGHEST = ['trialSumS', 'exceed', 'holdS', 'runs'] as const;
const [LEAST_WIDTH, MOST_WIDTH] = [0.005, 0.5];
const LONGEST_S = 3600;
const MOST_RUNS = 100;
const MOST_STEPS = 100;
const SWEEP = /^(.+?)\.\.(.+)\/(\d+)$/;

/** @returns undefined: it does not search @throws TcsReplayError `BAD_OPTION` */
export function resolveSearch(
  options: LoadTestOptions,
  conditions: readonly LoadCondition[],
  specs: readonly SubscriberSpec[],
  nameOf: expect.NameOf<Name>,
): ResolvedSearch | undefined {
  const asked = searchOf(options, nameOf);
  checkConditions(conditions, asked?.kind === 'highest' ? asked.unit : undefined, nameOf);
  if (asked === undefined) {
    for (const option of OF_SEARCH)
      if (options[option] !== undefined)
        throw expect.needs(nameOf(option), nameOf('findMax'), 'it says how the highest load is searched for');
    return undefined;
  }
  const { name, ...search } = asked;
  refuseOthers(options, name, nameOf);
  if (search.kind !== 'highest')
    for (const option of OF_HIGHEST)
      if (options[option] !== undefined)
        throw expect.needs(nameOf(option), nameOf('findMax'), `${name} does not repeat its trials`);
  if (specs.some(({ joinS, leaveS }) => joinS > 0 || leaveS < Number.POSITIVE_INFINITY))
    throw expect.notTogether(
      name,
      `join or leave in ${nameOf('subscribers')}`,
      'all trials are on the same subscribers',
    );
  const given = { ...DEFAULTS, ...defined(options) };
  return {
    ...search,
    width: shareOf(given.width, nameOf('width')),
    trialSumS: expect.atLeast(nameOf('trialSumS'), given.trialSumS, 1, LONGEST_S),
    exceedRatio: exceedOf(given.exceed, nameOf('exceed')),
    warmUpS: expect.atLeast(nameOf('warmUpS'), given.warmUpS, 0, LONGEST_S),
    holdS: expect.atLeast(nameOf('holdS'), given.holdS, 0, LONGEST_S),
    runs: expect.integer(nameOf('runs'), given.runs, 1, MOST_RUNS),
  };
}

interface Asked extends Pick<ResolvedSearch, 'kind' | 'unit' | 'sweep'> {
  /** As the user wrote it. */
  readonly name: string;
}

function searchOf(options: LoadTestOptions, nameOf: expect.NameOf<Name>): Asked | undefined {
  const { findMax, findBurst = false, sweep, profile } = options;
  const all: Asked[] = [];
  if (findMax !== undefined) {
    const unit = expect.oneOf(nameOf('findMax'), findMax, FIND_MAX);
    all.push({ name: `${nameOf('findMax')} ${unit}`, kind: 'highest', unit, sweep: undefined });
  }
  if (profile === 'breakpoint' && findMax === undefined)
    all.push({ name: `${nameOf('profile')} breakpoint`, kind: 'highest', unit: 'speed', sweep: undefined });
  if (findBurst) all.push({ name: nameOf('findBurst'), kind: 'burst', unit: 'rate', sweep: undefined });
  if (sweep !== undefined)
    all.push({ name: nameOf('sweep'), kind: 'sweep', ...parseSweep(sweep, nameOf('sweep')) });
  if (all.length > 1)
    throw expect.notTogether(all[0].name, all[1].name, 'a load test searches for one thing');
  return all[0];
}

function refuseOthers(
  { stages, profile, abortOnFail = false, onFull }: LoadTestOptions,
  name: string,
  nameOf: expect.NameOf<Name>,
): void {
  if (stages !== undefined)
    throw expect.notTogether(name, nameOf('stages'), 'the search chooses its loads itself');
  if (profile !== undefined && profile !== 'breakpoint')
    throw expect.notTogether(
      name,
      `${nameOf('profile')} ${profile}`,
      'a profile is a list of stages, and the search chooses its loads itself',
    );
  if (abortOnFail)
    throw expect.notTogether(name, nameOf('abortOnFail'), 'loads that are not kept are what it searches for');
  if (onFull === 'block')
    throw expect.notTogether(
      name,
      `${nameOf('onFull')} block`,
      'a subscriber that holds the load up cannot be tried with a higher one',
    );
}

/** Conditions on what a search finds are for searches, and for all subscribers. */
function checkConditions(
  conditions: readonly LoadCondition[],
  unit: StageUnit | undefined,
  nameOf: expect.NameOf<Name>,
): void {
  for (const { condition, metric, operator, subscriber } of conditions.filter(isOnSearch)) {
    const name = `${nameOf('failIf')} ${condition}`;
    const wanted = metric === 'max-rate' ? 'rate' : 'speed';
    if (unit !== wanted)
      throw expect.needs(name, `${nameOf('findMax')} ${wanted}`, 'it is on the highest load that holds');
    if (subscriber !== undefined)
      throw expect.badOption(name, 'without the name of a subscriber: a load is for all', subscriber);
    if (operator === '>' || operator === '>=')
      throw expect.badOption(name, `a least load, such as ${metric}<5000`, condition);
  }
}

/** Parses `1k..20k/10`, `1x..10x/5`. */
function parseSweep(text: string, name: string): Pick<ResolvedSearch, 'unit' | 'sweep'> {
  const [, first, last, number] = SWEEP.exec(text.trim()) ?? [];
  const [from, to, steps] = [parseAmount(first), parseAmount(last), Number(number)];
  if (from === undefined || to === undefined)
    throw expect.badOption(name, 'two loads and a number of steps, such as 1k..20k/10 or 1x..10x/5', text);
  const unit = from.unit === 'speed' || to.unit === 'speed' ? 'speed' : 'rate';
  if (!(from.perS > 0 && to.perS > from.perS && steps >= 2 && steps <= MOST_STEPS))
    throw expect.badOption(name, `from a lower load to a higher one in 2 to ${MOST_STEPS} steps`, text);
  return { unit, sweep: { from: from.perS, to: to.perS, steps } };
}

const PERCENT = /^(\d+(?:\.\d+)?|\.\d+)\s*%$/;

function shareOf(text: string, name: string): number {
  const [, digits] = PERCENT.exec(text.trim()) ?? [];
  const share = Number(digits) / 100;
  if (share >= LEAST_WIDTH && share <= MOST_WIDTH) return share;
  throw expect.badOption(
    name,
    `a percentage from ${100 * LEAST_WIDTH}% to ${100 * MOST_WIDTH}%, such as 5%`,
    text,
  );
}

function exceedOf(given: number | string, name: string): number {
  const share = expect.atLeast(name, given, 0);
  if (share < 1) return share;
  throw expect.badOption(name, 'a share from 0 to below 1, such as 0.5', given);
}

function defined(options: LoadTestOptions): {
  [O in (typeof OF_SEARCH)[number]]?: NonNullable<LoadTestOptions[O]>;
} {
  return Object.fromEntries(
    OF_SEARCH.flatMap((option) => (options[option] === undefined ? [] : [[option, options[option]]])),
  );
}
