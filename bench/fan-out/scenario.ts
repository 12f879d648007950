import { OPTIONS } from '../../src/options/option-table.js';
import { SEED } from '../night.js';
import { WAIT_SETUP_S } from '../publisher.js';
import { requireReceiverInC } from '../receiver-choice.js';
import type { Prepared, Scenario } from '../scenario.js';
import type { Settings } from '../settings.js';
import { ATTRIBUTES, fanOutCases, RATE_PER_S } from './cases.js';
import { FIGURES } from './figures.js';

const NOTES = [
  'Delivered: to all subscribers together, from the first event that any of them gets to the last that any gets. ' +
    'Published: until all was handed to ZeroMQ, by the publisher’s clock.',
  'Each subscriber is a process and takes its share of the same cores. With more subscribers than cores, their speed ' +
    'bounds the rate. The limit is what a program in C, which sends the same from memory, achieves with them.',
  'What a replay decodes before the first event (16 MiB at most) is not in its rate, nor in its CPU time, which has a ' +
    'resolution of 10 ms.',
];

/** How one replay serves many subscribers. */
export const fanOutScenario: Scenario = {
  name: 'fan-out',
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
  const { highWaterMark, wants } = settings;
  const receiver = requireReceiverInC();
  const cases = fanOutCases(receiver, settings);
  // A limit needs no more than the case that is divided by it.
  for (const { id, make } of cases) if (wants(id)) await make();
  return {
    conditions: {
      ...{ transport: 'tcp 127.0.0.1', highWaterMark: highWaterMark ?? OPTIONS.highWaterMark.default },
      ...{ receiver: receiver.language, receiverProcesses: 'one a subscriber', receiverHighWaterMark: 0 },
      ...{ attributes: ATTRIBUTES, seed: SEED, pageCache: 'warm', waitSetupS: WAIT_SETUP_S },
      ...{ limitHighWaterMark: 0, timing: 'balanced' },
      warmUp: 'none: what a process takes to get fast is part of what is measured',
    },
    notes: NOTES,
    cases: cases.map(({ make, ...info }) => ({ ...info, measure: async () => (await make())() })),
  };
}
