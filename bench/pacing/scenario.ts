import { OPTIONS } from '../../src/options/option-table.js';
import { findPython } from '../../test/support/peer.js';
import { expectedDigest } from '../expected-digest.js';
import { FEWEST_ATTRIBUTES } from '../night.js';
import { WITH_A_PAGE } from '../page-visitor.js';
import { NO_PEER } from '../publisher.js';
import { receiverInPython, requireReceiverInC } from '../receiver-choice.js';
import type { Prepared, Scenario } from '../scenario.js';
import { atLevel, type Settings } from '../settings.js';
import { MIDDLE_RATE_PER_S, PACED, type Paced, type PacingCase, pacingCases, pacingId } from './cases.js';
import { latenessFigures } from './lateness-figures.js';
import { type PacedNight, pacedNight, SEED } from './paced-night.js';
import { PACED_CONDITIONS } from './paced-play.js';
import { floor, ours, type PacedPublisher, PEER } from './paced-publisher.js';
import { measurePacing, type PacingPlan } from './trial.js';

const SECONDS = { quick: 2, default: 4, full: 3 };
/** Time in which Node compiles the code that runs often. */
const WARM_UP_S = { quick: 1, default: 2, full: 2 };

const NOTES = [
  'Sent: when the publisher is about to send an event, by its own clock. Received: at the subscriber, by the time of day. Both ' +
    'count from the event’s due time, and include every event after the warm-up.',
  'Floor: a program in C that sends the same messages from memory when they are due, and does nothing else. What is late there ' +
    'is late for every publisher. To Python: the subscriber is a program in Python (pyzmq), as at a telescope.',
  'During the warm-up Node compiles the code that runs often. Its events must arrive like all others, and are in the course.',
  'Beside a flood: a client subscribes and unsubscribes at the publisher as fast as it can. With a page: the page of --web is open, ' +
    'with the rows of all topics and four plots.',
];

const AT_MIDDLE_RATE = {
  what: `${MIDDLE_RATE_PER_S} events/s`,
  cases: ofReceiver('C'),
};
const AT_PYTHON = {
  what: `${AT_MIDDLE_RATE.what}, at a subscriber in Python`,
  cases: ofReceiver('Python'),
};

function ofReceiver(receiver: PacingCase['receiver']): string[] {
  return PACED.map((paced) =>
    pacingId({ paced, ratePerS: MIDDLE_RATE_PER_S, receiver, isFlooded: false, hasPage: false }),
  );
}

/** Lateness at the recorded pace, by load and timing mode, and its CPU time. */
export const pacingScenario: Scenario = {
  name: 'pacing',
  title: 'Pacing',
  question: 'How late are events at the recorded pace, and what CPU time does it take to be on time?',
  figures: [
    ...latenessFigures('send', 'sent', ['p99'], ['p50', 'p99']),
    ...latenessFigures('delivery', 'received', ['p99'], ['p50', 'p90', 'p99', 'p99.9']),
    { name: 'coreShare', title: 'core', unit: 'share', better: 'lower', isCompared: true, isShown: true },
  ],
  charts: [
    {
      ...{ kind: 'spectrum', title: `Sent after due, at ${AT_MIDDLE_RATE.what}`, histogram: 'lateness' },
      cases: AT_MIDDLE_RATE.cases,
    },
    {
      ...{ kind: 'spectrum', title: `Received after due, at ${AT_MIDDLE_RATE.what}`, histogram: 'delivery' },
      cases: AT_MIDDLE_RATE.cases,
    },
    {
      ...{ kind: 'spectrum', title: `Received after due, ${AT_PYTHON.what}`, histogram: 'delivery' },
      cases: AT_PYTHON.cases,
    },
    { kind: 'bars', title: 'Sent after due: p99', figure: 'sendP99Us' },
    { kind: 'bars', title: 'CPU time, in cores', figure: 'coreShare' },
    {
      ...{ kind: 'curve', title: 'Sent after due, by events a second: p99', figure: 'sendP99Us' },
      ...{ x: 'ratePerS', series: 'timing' },
    },
    {
      ...{ kind: 'course', title: `Received, at ${AT_MIDDLE_RATE.what}` },
      cases: AT_MIDDLE_RATE.cases,
    },
  ],
  prepare,
};

async function prepare(settings: Settings): Promise<Prepared> {
  const { level, highWaterMark, signal, onMake, onStep } = settings;
  const inC = requireReceiverInC();
  const hasPeer = findPython() !== undefined;
  const warmUpS = atLevel(level, WARM_UP_S);
  const trialS = settings.seconds ?? atLevel(level, SECONDS);
  const more = highWaterMark === undefined ? [] : ['--hwm', String(highWaterMark)];
  const planOf = async (each: PacingCase): Promise<PacingPlan> => {
    const { paced, ratePerS, isFlooded, hasPage } = each;
    const night = await pacedNight({ ratePerS, durationS: warmUpS + trialS, signal, onMake, onStep });
    const publisher = publisherOf(paced, night, hasPage ? [...WITH_A_PAGE, ...more] : more);
    // The receiver in Python checks no content.
    const inPython = each.receiver === 'Python' ? receiverInPython() : undefined;
    const digest = inPython === undefined ? expectedDigest(night, publisher.form) : null;
    return { publisher, night, receiver: inPython ?? inC, warmUpS, isFlooded, hasPage, digest };
  };
  const cases = pacingCases(level, hasPeer);
  const ratesPerS = new Set(cases.filter(({ id }) => settings.wants(id)).map((each) => each.ratePerS));
  // Make the nights and digests now: measuring finds them again.
  for (const each of cases) if (ratesPerS.has(each.ratePerS)) await planOf(each);
  return {
    conditions: {
      ...PACED_CONDITIONS,
      ...{ trialS, warmUpS, speed: 1, times: 'replay', attributes: FEWEST_ATTRIBUTES, seed: SEED },
      ...{ highWaterMark: highWaterMark ?? OPTIONS.highWaterMark.default, peerHighWaterMark: 0 },
    },
    notes: [...NOTES, ...(hasPeer ? [] : [`Without the peer: ${NO_PEER}.`])],
    cases: cases.map((each) => {
      const { id, subject, parameters, reference } = each;
      return {
        ...{ id, subject, parameters, reference },
        measure: async () => measurePacing(await planOf(each)),
      };
    }),
  };
}

function publisherOf(paced: Paced, night: PacedNight, more: readonly string[]): PacedPublisher {
  if (paced === 'floor') return floor(night);
  return paced === 'peer' ? PEER : ours(paced, more);
}
