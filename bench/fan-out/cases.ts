import { counted } from '../../src/shared/text.js';
import { expectedDigest } from '../expected-digest.js';
import { expectedFrames } from '../expected-frames.js';
import { seededNight } from '../night.js';
import { pacedNight } from '../pacing/paced-night.js';
import { loadIntoPageCache } from '../page-cache.js';
import { peerProgram } from '../peer-program.js';
import type { ReceiverChoice } from '../receiver-choice.js';
import { type ExpectedReception, repeated } from '../reception-faults.js';
import type { CaseInfo } from '../result.js';
import type { Measured } from '../scenario.js';
import { atLevel, type Settings } from '../settings.js';
import { limit, measureFlatOut, ours } from './flat-out.js';
import { measurePaced, type PacedPlan, startPacedReceivers } from './paced.js';

/** A case whose night and digest may not have been made yet. */
export interface FanOutCase extends CaseInfo {
  /**
   * Makes what the case needs, or finds it in the cache. Resolves with the function that measures the case.
   */
  readonly make: () => Promise<() => Promise<Measured>>;
}

export const ATTRIBUTES = 16;
/** Two cores can deliver this to 64 receivers without falling behind, and are less than half idle. */
export const RATE_PER_S = 500;
/** With more subscribers the night is shorter, so that a trial takes a few seconds on two cores. */
const MOST_DELIVERIES = 960_000;
/** The limit is so much faster that it sends a short night several times. */
const LIMIT_DELIVERIES = 400_000;

/** The cases of a level, in the order in which a round measures them. */
export function fanOutCases(receiver: ReceiverChoice, settings: Settings): FanOutCase[] {
  const counts = atLevel(settings.level, { quick: [1, 4], default: [1, 4, 16], full: [1, 4, 16, 64] });
  return [
    ...counts.flatMap((subscribers) => flatOutCases(subscribers, receiver, settings)),
    ...counts.map((subscribers) => pacedCase(subscribers, receiver, settings)),
  ];
}

function flatOutCases(subscribers: number, receiver: ReceiverChoice, settings: Settings): FanOutCase[] {
  const usual = settings.events ?? atLevel(settings.level, { quick: 10_000, default: 50_000, full: 100_000 });
  const events = Math.min(usual, Math.floor(MOST_DELIVERIES / subscribers));
  const who = counted(subscribers, 'subscriber');
  const program = peerProgram('publisher');
  const limitId = `limit, ${who}`;
  const times = Math.max(1, Math.ceil(LIMIT_DELIVERIES / (events * subscribers)));
  const nightOf = () => seededNight({ ...settings, events, attributes: ATTRIBUTES });
  const cases: FanOutCase[] = [];
  if ('command' in program) {
    cases.push({
      ...{ id: limitId, subject: 'limit', reference: null },
      parameters: { publisher: 'C', subscribers, events: times * events, ratePerS: null },
      make: async () => {
        const night = await nightOf();
        const expected = repeated({ events, digest: expectedDigest(night, 'compact') }, times);
        const publisher = limit(program.command, expectedFrames(night, 'compact'), expected.events);
        return () => measureFlatOut({ expected, cycle: events, subscribers, receiver, publisher });
      },
    });
  }
  cases.push({
    ...{ id: `flat out, ${who}`, subject: 'ours', reference: cases.length > 0 ? limitId : null },
    parameters: { publisher: 'tcs-replay', subscribers, events, ratePerS: null },
    make: async () => {
      const night = await nightOf();
      const expected: ExpectedReception = { events, digest: expectedDigest(night, 'compact') };
      const publisher = ours(night, settings.highWaterMark);
      return () => {
        loadIntoPageCache(night.path);
        return measureFlatOut({ expected, subscribers, receiver, publisher });
      };
    },
  });
  return cases;
}

function pacedCase(subscribers: number, receiver: ReceiverChoice, settings: Settings): FanOutCase {
  const durationS = settings.seconds ?? atLevel(settings.level, { quick: 2, default: 3, full: 3 });
  return {
    ...{ id: `${RATE_PER_S}/s, ${counted(subscribers, 'subscriber')}`, subject: 'ours', reference: null },
    parameters: { publisher: 'tcs-replay', subscribers, ratePerS: RATE_PER_S, trialS: durationS },
    make: async () => {
      const night = await pacedNight({ ...settings, ratePerS: RATE_PER_S, durationS });
      const digest = expectedDigest(night, 'compact');
      const plan: PacedPlan = { ...settings, night, digest, subscribers, receiver };
      return async () => {
        loadIntoPageCache(night.path);
        return measurePaced(plan, await startPacedReceivers(plan));
      };
    },
  };
}
