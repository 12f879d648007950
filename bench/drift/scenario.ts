import { OPTIONS } from '../../src/options/option-table.js';
import { FEWEST_ATTRIBUTES } from '../night.js';
import { pacedNight, SEED } from '../pacing/paced-night.js';
import { PACED_CONDITIONS } from '../pacing/paced-play.js';
import { ours } from '../pacing/paced-publisher.js';
import { requireReceiverInC } from '../receiver-choice.js';
import type { Prepared, Scenario } from '../scenario.js';
import type { Settings } from '../settings.js';
import { LIMIT_PPM, measureDrift } from './trial.js';

const SPEEDS = [1, 60];
const DEFAULT_SECONDS = 60;
/** Rate in recorded time. At the highest speed this is 9000 events/s, which a publisher can easily send. */
const RECORDED_PER_S = 150;

const NOTES = [
  'Drift: the slope of arrival time minus recorded time / speed, by the subscriber’s monotonic clock. Above 0, events come ' +
    'later and later; 1 ppm is 3.6 ms in an hour.',
  'It is the median slope between the least delayed events of seconds that lie half the trial apart, so a stall is not a drift. ' +
    'Its error is the standard error, which is smaller for longer trials: for publication, --seconds 3600.',
  `A trial whose drift exceeds its error by more than ${LIMIT_PPM} ppm is invalid.`,
];

/** Whether the pace is kept over a long time, as the subscriber sees it. */
export const driftScenario: Scenario = {
  name: 'drift',
  title: 'Drift',
  question: 'Is the pace kept over a long time?',
  isOnRequest: true,
  figures: [
    { name: 'driftPpm', title: 'drift', unit: 'ppm', better: null, isCompared: false, isShown: true },
    {
      ...{ name: 'errorPpm', title: 'its error', unit: 'ppm', better: 'lower' },
      ...{ isCompared: false, isShown: true },
    },
    { name: 'coreShare', title: 'core', unit: 'share', better: 'lower', isCompared: true, isShown: true },
    { name: 'peakRssBytes', title: 'peak RSS', unit: 'B', better: 'lower', isCompared: true, isShown: true },
  ],
  charts: [
    { kind: 'bars', title: 'Drift, in parts per million', figure: 'driftPpm' },
    { kind: 'course', title: 'Received' },
  ],
  prepare,
};

async function prepare(settings: Settings): Promise<Prepared> {
  const { highWaterMark, signal, onMake, onStep, seconds = DEFAULT_SECONDS } = settings;
  const receiver = requireReceiverInC();
  const more = highWaterMark === undefined ? [] : ['--hwm', String(highWaterMark)];
  const publisher = ours(OPTIONS.timing.default, more);
  const nightAt = (speedup: number) =>
    pacedNight({ ratePerS: RECORDED_PER_S, durationS: speedup * seconds, signal, onMake, onStep });
  const idAt = (speedup: number) => `-s ${speedup}`;
  // Make the nights now: measuring finds them again.
  for (const speedup of SPEEDS) if (settings.wants(idAt(speedup))) await nightAt(speedup);
  return {
    conditions: {
      ...PACED_CONDITIONS,
      receiver: receiver.language,
      ...{ trialS: seconds, recordedPerS: RECORDED_PER_S, timing: OPTIONS.timing.default },
      ...{ times: 'original', attributes: FEWEST_ATTRIBUTES, seed: SEED },
      highWaterMark: highWaterMark ?? OPTIONS.highWaterMark.default,
      warmUp: 'none: the first second is one of all',
    },
    notes: NOTES,
    cases: SPEEDS.map((speedup) => ({
      ...{ id: idAt(speedup), subject: 'ours', parameters: { speed: speedup }, reference: null },
      measure: async () => measureDrift({ publisher, night: await nightAt(speedup), receiver, speedup }),
    })),
  };
}
