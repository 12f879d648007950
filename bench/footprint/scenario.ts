import { OPTIONS } from '../../src/options/option-table.js';
import { expectedDigest } from '../expected-digest.js';
import { type Night, seededNight } from '../night.js';
import { loadIntoPageCache } from '../page-cache.js';
import { requireReceiverInC } from '../receiver-choice.js';
import { repeated } from '../reception-faults.js';
import type { FigureInfo, Level } from '../result.js';
import type { Case, Prepared, Scenario } from '../scenario.js';
import { atLevel, type Settings } from '../settings.js';
import { DELAY_RESOLUTION_MS, SAMPLE_INTERVAL_MS, WARM_UP_SHARE } from './loop-task.js';
import { type FootprintPlan, measureFootprint } from './trial.js';

/** A way to replay a night again and again. */
interface Loop {
  readonly id: string;
  readonly night: 'usual' | 'small';
  readonly ratePerS?: number;
  /**
   * The number of sent events is this rate times the seconds. It is the rate of a slow machine, and fixed, so
   * that all machines and versions do the same work.
   */
  readonly nominalPerS: number;
  readonly seconds: { readonly [each in Level]: number };
}

const PACED_PER_S = 2000;
const LOOPS: readonly Loop[] = [
  {
    ...{ id: 'flat out', night: 'usual', nominalPerS: 100_000 },
    seconds: { quick: 3, default: 8, full: 8 },
  },
  {
    ...{ id: `${PACED_PER_S} events/s`, night: 'usual', ratePerS: PACED_PER_S, nominalPerS: PACED_PER_S },
    seconds: { quick: 2, default: 5, full: 5 },
  },
  {
    ...{ id: 'many loops', night: 'small', nominalPerS: 50_000 },
    seconds: { quick: 2, default: 5, full: 5 },
  },
];
const EVENTS = 20_000;
const SMALL_EVENTS = 1000;
const ATTRIBUTES = 9;

function bytes(name: string, title: string, isShown: boolean): FigureInfo {
  return { name, title, unit: 'B', better: 'lower', isCompared: isShown, isShown };
}

function delay(name: string, title: string, isCompared: boolean): FigureInfo {
  return { name, title, unit: 'us', better: 'lower', isCompared, isShown: true };
}

/** Memory of a long loop, and delay of the event loop. */
export const footprintScenario: Scenario = {
  name: 'footprint',
  title: 'Footprint',
  question:
    'How much memory does a replay take that never ends, does it grow, and how long is the event loop held?',
  figures: [
    bytes('peakRssBytes', 'peak RSS', true),
    // About 0, so a ratio of two results would mean nothing.
    {
      ...{ name: 'rssGrowthBytesPerS', title: 'RSS growth', unit: 'B/s', better: 'lower' },
      ...{ isCompared: false, isShown: true },
    },
    bytes('heapUsedBytes', 'heap', true),
    bytes('largestHeapUsedBytes', 'largest heap', false),
    bytes('largestExternalBytes', 'largest external', false),
    bytes('largestArrayBuffersBytes', 'largest array buffers', false),
    delay('loopDelayP50Us', 'loop delay p50', false),
    delay('loopDelayP99Us', 'p99', true),
    delay('loopDelayMaxUs', 'max', false),
    { name: 'eventsPerS', title: 'events/s', unit: '1/s', better: null, isCompared: false, isShown: true },
  ],
  charts: [
    { kind: 'bars', title: 'Most memory held (RSS)', figure: 'peakRssBytes' },
    { kind: 'bars', title: 'Delay of the event loop, p99', figure: 'loopDelayP99Us' },
    { kind: 'course', title: 'Rate, and p99 of the delay of the event loop, over time' },
  ],
  prepare,
};

async function prepare(settings: Settings): Promise<Prepared> {
  const { highWaterMark } = settings;
  const receiver = requireReceiverInC();
  const shape = { ...settings, attributes: ATTRIBUTES };
  const nights = {
    usual: await seededNight({ ...shape, events: settings.events ?? EVENTS }),
    small: await seededNight({ ...shape, events: SMALL_EVENTS }),
  };
  return {
    conditions: {
      ...{ transport: 'tcp 127.0.0.1', subscribers: 1, receiver: receiver.language },
      ...{
        attributes: ATTRIBUTES,
        highWaterMark: highWaterMark ?? OPTIONS.highWaterMark.default,
        pageCache: 'warm',
      },
      ...{ sampleIntervalMs: SAMPLE_INTERVAL_MS, loopDelayResolutionMs: DELAY_RESOLUTION_MS },
      warmUp: `the first ${100 * WARM_UP_SHARE} % of the events`,
    },
    notes: [
      'Peak RSS covers the whole process; all other figures cover the time after the warm-up, where the course begins.',
      'RSS growth covers the second half of that time, by the median slope of all pairs of samples: about 0 if nothing leaks. ' +
        'In trials of seconds it has a noise of some MB; longer trials say more.',
      'Loop delay is how much later than requested a timer of 1 ms comes. Delays below 1 ms cannot be distinguished ' +
        'from how Node rounds timers.',
    ],
    cases: LOOPS.map((loop) => caseOf(loop, nights[loop.night], { receiver, highWaterMark }, settings)),
  };
}

function caseOf(
  { id, ratePerS, nominalPerS, seconds }: Loop,
  night: Night,
  shared: Pick<FootprintPlan, 'receiver' | 'highWaterMark'>,
  settings: Settings,
): Case {
  const nominalS = settings.seconds ?? atLevel(settings.level, seconds);
  const events = Math.round(nominalPerS * nominalS);
  const digest = digestOf(night, events);
  return {
    ...{ id, subject: 'ours', reference: null },
    parameters: { ratePerS: ratePerS ?? null, nightEvents: night.events, events },
    measure: () => {
      loadIntoPageCache(night.path);
      return measureFootprint({ ...shared, night, events, ratePerS, digest });
    },
  };
}

/** Digest of whole passes; null if the last pass is incomplete, or a night's digest is unknown. */
function digestOf(night: Night, events: number): string | null {
  if (events % night.events !== 0) return null;
  const ofPass = { events: night.events, digest: expectedDigest(night, 'compact') };
  return repeated(ofPass, events / night.events).digest;
}
