import { Random } from '../../src/generate/random.js';
import { findHighest } from '../../src/loadtest/search/find-highest.js';
import { DEFAULT_GOAL } from '../../src/loadtest/search/search-goal.js';
import type { SearchResult } from '../../src/loadtest/search/search-result.js';
import { SimulatedSubscriber, type SubscriberModel, trueRatesPerS } from './simulated-subscriber.js';

/** How far the truth may be outside of the bracket, as a share. */
const TOLERANCE = 0.05;

/** Subscribers of one kind. */
export interface ModelKind {
  readonly name: string;
  /** @param capacityPerS drawn from 200 to 20,000 */
  readonly model: (capacityPerS: number, random: Random) => SubscriberModel;
  /** The first guess is the truth times a factor between these. */
  readonly guess: readonly [least: number, most: number];
}

const CLOSE = [0.97, 1.03] as const;
const ROUGH = [0.9, 1.1] as const;
const COARSE = [0.77, 1.3] as const;
/** The first load is a little below the guess: it is 5 % too high. */
const TRAP = [1.05 / 0.985, 1.05 / 0.985] as const;

const PLAIN = { jitter: 0.05, highWaterMark: 200_000, failsByLoss: false };

export const MODEL_KINDS: readonly ModelKind[] = [
  { name: 'steady', guess: CLOSE, model: (capacityPerS) => ({ ...PLAIN, capacityPerS }) },
  {
    ...{ name: 'first load 5 % too high, mark of 200,000', guess: TRAP },
    model: (capacityPerS) => ({ ...PLAIN, capacityPerS }),
  },
  {
    ...{ name: 'random service times', guess: CLOSE },
    model: (capacityPerS) => ({ ...PLAIN, capacityPerS, isRandom: true }),
  },
  { name: 'guess off by up to ten', guess: [0.1, 10], model: (capacityPerS) => ({ ...PLAIN, capacityPerS }) },
  {
    ...{ name: 'stalls of 50 to 300 ms, each 1 to 10 s', guess: COARSE },
    model: (capacityPerS, random) => ({
      ...{ ...PLAIN, capacityPerS },
      stall: { lengthS: random.between(0.05, 0.3), everyS: random.between(1, 10) },
    }),
  },
  {
    ...{ name: 'stalls of 1 s, each 10 to 20 s', guess: COARSE },
    model: (capacityPerS, random) => ({
      ...{ ...PLAIN, capacityPerS },
      stall: { lengthS: 1, everyS: random.between(10, 20) },
    }),
  },
  {
    ...{ name: 'capacity wanders by 3 %', guess: ROUGH },
    model: (capacityPerS, random) => ({
      ...{ ...PLAIN, capacityPerS },
      wander: { share: 0.03, timeS: random.between(1, 20) },
    }),
  },
  {
    ...{ name: 'mark of 1000, no loss allowed', guess: ROUGH },
    model: (capacityPerS) => ({ ...PLAIN, capacityPerS, highWaterMark: 1000, failsByLoss: true }),
  },
  {
    ...{ name: 'the same with stalls', guess: COARSE },
    model: (capacityPerS, random) => ({
      ...{ ...PLAIN, capacityPerS, highWaterMark: 1000, failsByLoss: true },
      stall: { lengthS: random.between(0.05, 0.3), everyS: random.between(1, 10) },
    }),
  },
  {
    ...{ name: 'others take half, 9 of 10 seen', guess: COARSE },
    model: (capacityPerS, random) => ({
      ...{ ...PLAIN, capacityPerS },
      others: { lengthS: random.between(1, 20), everyS: random.between(20, 60), left: 0.5, seen: 0.9 },
    }),
  },
  {
    ...{ name: 'others take half, never seen', guess: COARSE },
    model: (capacityPerS, random) => ({
      ...{ ...PLAIN, capacityPerS },
      others: { lengthS: random.between(1, 20), everyS: random.between(40, 120), left: 0.5, seen: 0 },
    }),
  },
  {
    ...{ name: 'others take half, all the time, seen', guess: COARSE },
    model: (capacityPerS) => ({
      ...{ ...PLAIN, capacityPerS },
      others: { lengthS: 1e9, everyS: 1, left: 0.5, seen: 1 },
    }),
  },
  {
    ...{ name: 'publisher slower than it', guess: COARSE },
    model: (capacityPerS, random) => ({
      ...{ ...PLAIN, capacityPerS },
      mostOfferedPerS: capacityPerS * random.between(0.3, 0.95),
    }),
  },
];

/** `right`: the truth is in the bracket, or not farther from it than 5 %; or `at-least` is true. */
export type Judgement = 'right' | 'wrong' | 'inconclusive';

export interface SimulatedSearch {
  readonly kind: ModelKind;
  readonly result: SearchResult;
  readonly truthPerS: readonly [least: number, most: number];
  readonly judgement: Judgement;
  /** Whether the truth is in the bracket itself. */
  readonly isWithin: boolean;
}

/** One search of a made-up subscriber; the same for the same seed. */
export async function simulatedSearch(kind: ModelKind, seed: number): Promise<SimulatedSearch> {
  const random = new Random(seed, kind.name);
  const capacityPerS = 200 * 100 ** random.uniform();
  const model = kind.model(capacityPerS, random);
  const truthPerS = trueRatesPerS(model);
  const [least, most] = kind.guess;
  const guess = least * (most / least) ** random.uniform();
  const result = await searchOf(model, random, truthPerS[1] * guess);
  return { kind, result, truthPerS, ...judged(result, truthPerS) };
}

/** @param guess first load that is tried, about */
export function searchOf(model: SubscriberModel, random: Random, guess: number): Promise<SearchResult> {
  const subscriber = new SimulatedSubscriber(model, random);
  return findHighest(subscriber.runTrial, {
    ...DEFAULT_GOAL,
    ...{ unit: 'rate', guess, eventsPerLoad: 1, leastLoad: 1, mostLoad: 1e6, limitS: 180 },
    elapsedS: () => subscriber.nowS,
  });
}

function judged(
  { verdict, lower, upper }: SearchResult,
  [least, most]: SimulatedSearch['truthPerS'],
): Pick<SimulatedSearch, 'judgement' | 'isWithin'> {
  if (verdict === 'inconclusive' || lower === null) return { judgement: 'inconclusive', isWithin: false };
  const isBorne = (within: number) => lower <= most * within;
  const isBounded = (within: number) => verdict === 'at-least' || (upper !== null && least <= upper * within);
  const isRight = isBorne(1 + TOLERANCE) && isBounded(1 + TOLERANCE);
  return { judgement: isRight ? 'right' : 'wrong', isWithin: isBorne(1) && isBounded(1) };
}
