import { counted } from '../../src/cli/text.js';
import { DEFAULT_HIGH_WATER_MARK } from '../../src/options.js';
import { expectedDigest, expectedFrames } from '../expected-digest.js';
import { SEED, seededNight } from '../night.js';
import { pacedNight } from '../paced-night.js';
import { loadIntoPageCache } from '../page-cache.js';
import { peerProgram } from '../peer-program.js';
import { type ReceiverChoice, requireReceiverInC } from '../receiver.js';
import type { Case, Prepared, Scenario } from '../scenario.js';
import { atLevel, type Settings } from '../settings.js';
import { type Expected, repeated } from '../throughput.js';
import { FIGURES } from './figures.js';
import { limit, measureFlatOut, ours } from './flat-out.js';
import { measurePaced, type PacedPlan, startPacedReceivers } from './paced.js';
import { WAIT_SETUP_S } from './play.js';

const NAME = 'fan-out';
const ATTRIBUTES = 16;
/** With more subscribers the night is shorter, so that a trial takes some seconds on two cores. */
const MOST_DELIVERIES = 960_000;
/** The limit is so much faster that it sends a short night again and again. */
const LIMIT_DELIVERIES = 400_000;
/** Two cores deliver it to 64 receivers without falling behind, and are not idle for half of the time. */
const RATE_PER_S = 500;

const NOTES = [
  'Delivered: to all subscribers together, from the first event that came to any to the last that came to any. ' +
    'Published: until all was handed to ZeroMQ, by the clock of the publisher.',
  'Each subscriber is a process that takes its share of the same cores: with more of them than cores, how fast they ' +
    'receive is what bounds the rate. The limit is what a program in C, which sends the same from memory, reaches with them.',
  'What a replay has decoded before the first event (16 MiB at most) is not in its rate, nor in its CPU time, which is ' +
    'told to 10 ms.',
];

/** One replay, and how it serves many subscribers. */
export const fanOutScenario: Scenario = {
  name: NAME,
  title: 'Fan-out',
  question: 'How does one replay serve 1, 4, 16, 64 subscribers?',
  figures: FIGURES,
  charts: [
    {
      ...{ kind: 'curve', title: 'Delivered to all subscribers together, by their number' },
      ...{ figure: 'deliveredPerS', x: 'subscribers', series: 'publisher' },
    },
    {
      ...{ kind: 'curve', title: 'Published, by the number of subscribers' },
      ...{ figure: 'publishPerS', x: 'subscribers', series: 'publisher' },
    },
    {
      ...{ kind: 'bars', title: `p99 of delivery of the worst subscriber, at ${RATE_PER_S} events/s` },
      figure: 'worstP99Us',
    },
    {
      ...{ kind: 'spectrum', title: `Delivery to all subscribers, at ${RATE_PER_S} events/s` },
      histogram: 'delivery',
    },
  ],
  prepare,
};

async function prepare(settings: Settings): Promise<Prepared> {
  const { level, highWaterMark } = settings;
  const receiver = requireReceiverInC();
  const counts = atLevel(level, { quick: [1, 4], default: [1, 4, 16], full: [1, 4, 16, 64] });
  const cases: Case[] = [];
  for (const subscribers of counts) cases.push(...(await flatOutCases(subscribers, receiver, settings)));
  for (const subscribers of counts) cases.push(...(await pacedCases(subscribers, receiver, settings)));
  return {
    conditions: {
      ...{ transport: 'tcp 127.0.0.1', highWaterMark: highWaterMark ?? DEFAULT_HIGH_WATER_MARK },
      ...{ receiver: receiver.language, receiverProcesses: 'one a subscriber', receiverHighWaterMark: 0 },
      ...{ attributes: ATTRIBUTES, seed: SEED, pageCache: 'warm', waitSetupS: WAIT_SETUP_S },
      ...{ limitHighWaterMark: 0, timing: 'balanced' },
    },
    notes: NOTES,
    cases,
  };
}

async function flatOutCases(
  subscribers: number,
  receiver: ReceiverChoice,
  settings: Settings,
): Promise<Case[]> {
  const { level, highWaterMark, wants } = settings;
  const who = counted(subscribers, 'subscriber');
  const ids = { ours: `flat out, ${who}`, limit: `limit, ${who}` };
  if (!wants(ids.ours) && !wants(ids.limit)) return [];
  const usual = settings.events ?? atLevel(level, { quick: 10_000, default: 50_000, full: 200_000 });
  const events = Math.min(usual, Math.floor(MOST_DELIVERIES / subscribers));
  const night = await seededNight({ ...settings, events, attributes: ATTRIBUTES });
  const expected: Expected = { events, digest: expectedDigest(night, 'compact') };
  const program = peerProgram('publisher');
  const cases: Case[] = [];
  if ('command' in program) {
    const times = Math.max(1, Math.ceil(LIMIT_DELIVERIES / (events * subscribers)));
    const all = repeated(expected, times);
    const publisher = limit(program.command, expectedFrames(night, 'compact'), all.events);
    cases.push({
      ...{ id: ids.limit, subject: 'limit', reference: null },
      parameters: { publisher: 'C', subscribers, events: all.events, ratePerS: null },
      measure: () => measureFlatOut({ expected: all, cycle: events, subscribers, receiver, publisher }),
    });
  }
  cases.push({
    ...{ id: ids.ours, subject: 'ours', reference: cases.length > 0 ? ids.limit : null },
    parameters: { publisher: 'tcs-replay', subscribers, events, ratePerS: null },
    measure: () => {
      loadIntoPageCache(night.path);
      return measureFlatOut({ expected, subscribers, receiver, publisher: ours(night, highWaterMark) });
    },
  });
  return cases;
}

async function pacedCases(
  subscribers: number,
  receiver: ReceiverChoice,
  settings: Settings,
): Promise<Case[]> {
  const id = `${RATE_PER_S}/s, ${counted(subscribers, 'subscriber')}`;
  if (!settings.wants(id)) return [];
  const durationS = settings.seconds ?? atLevel(settings.level, { quick: 2, default: 3, full: 6 });
  const night = await pacedNight({ ...settings, ratePerS: RATE_PER_S, durationS });
  const digest = expectedDigest(night, 'compact');
  const plan: PacedPlan = { ...settings, night, digest, subscribers, receiver };
  return [
    {
      ...{ id, subject: 'ours', reference: null },
      parameters: {
        publisher: 'tcs-replay',
        subscribers,
        events: night.events,
        ratePerS: RATE_PER_S,
      },
      measure: async () => {
        loadIntoPageCache(night.path);
        return measurePaced(plan, await startPacedReceivers(plan));
      },
    },
  ];
}
