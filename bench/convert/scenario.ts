import { OUTPUT_FORMS } from '../../src/convert/output-form.js';
import { expectedDigest } from '../expected-digest.js';
import { seededNight } from '../night.js';
import { chooseReceiver } from '../receiver-choice.js';
import type { Prepared, Scenario } from '../scenario.js';
import { atLevel, type Settings } from '../settings.js';
import { measureConversion, measureReplay } from './trial.js';

/** Id of the case of reference: the flat-out replay of the same night. */
const REPLAY = 'replay';
const ATTRIBUTES = 16;

/** Events a second and size of each form of output, beside a flat-out replay. */
export const convertScenario: Scenario = {
  name: 'convert',
  title: 'Convert',
  question: 'How many events a second become each form of output, and how large is it?',
  figures: [
    {
      ...{ name: 'eventsPerS', title: 'events/s', unit: '1/s', better: 'higher' },
      ...{ isCompared: true, isShown: true },
    },
    {
      ...{ name: 'cpuUsPerEvent', title: 'CPU/event', unit: 'us', better: 'lower' },
      ...{ isCompared: true, isShown: true },
    },
    {
      ...{ name: 'outputBytes', title: 'size', unit: 'B', better: 'lower', isCompared: true, isShown: true },
    },
    {
      ...{ name: 'peakRssBytes', title: 'peak RSS', unit: 'B', better: 'lower' },
      ...{ isCompared: true, isShown: true },
    },
    { name: 'wallS', title: 'whole process', unit: 's', better: 'lower', isCompared: false, isShown: false },
  ],
  charts: [
    { kind: 'bars', title: 'Events a second', figure: 'eventsPerS' },
    { kind: 'bars', title: 'Size of the output', figure: 'outputBytes' },
  ],
  prepare,
};

async function prepare(settings: Settings): Promise<Prepared> {
  const { level, highWaterMark } = settings;
  const events = settings.events ?? atLevel(level, { quick: 20_000, default: 200_000, full: 1_000_000 });
  const night = await seededNight({ ...settings, attributes: ATTRIBUTES, events });
  const receiver = chooseReceiver();
  const digest = expectedDigest(night, 'compact');
  const parameters = { events: night.events };
  return {
    conditions: {
      ...{ events: night.events, attributes: night.attributes, databaseBytes: night.sizeBytes, seed: 1 },
      ...{ pageCache: 'warm', receiver: `in ${receiver.language}, a process of its own` },
      clock:
        'from when the recordings are opened to when the output is on the disk; of the replay from the first event to the last',
      warmUp: 'none: what a process takes to get fast is part of what is measured',
    },
    notes: [`${REPLAY}: the same night, flat out to one subscriber, without conversion of values.`],
    cases: [
      {
        ...{ id: REPLAY, subject: 'ours', parameters, reference: null },
        measure: () => measureReplay({ night, receiver, highWaterMark, digest }),
      },
      ...OUTPUT_FORMS.map((form) => ({
        ...{ id: form, subject: 'ours' as const, parameters: { ...parameters, form }, reference: REPLAY },
        measure: () => measureConversion(night, form),
      })),
    ],
  };
}
