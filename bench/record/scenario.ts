import { expectedFrames } from '../expected-frames.js';
import { SEED, seededNight } from '../night.js';
import { HOW_TO_BUILD, peerProgram } from '../peer-program.js';
import type { FigureInfo } from '../result.js';
import type { Prepared, Scenario } from '../scenario.js';
import { atLevel, type Settings } from '../settings.js';
import { recordOnce } from './trial.js';

const ATTRIBUTES = 16;
const RATES_PER_S = [30_000, 40_000, 50_000];

const shown = { isCompared: false, isShown: true };
const hidden = { isCompared: false, isShown: false };
const compared = { isCompared: true, isShown: true };
const FIGURES: readonly FigureInfo[] = [
  { name: 'eventsPerS', title: 'events/s', unit: '1/s', better: 'higher', ...shown },
  { name: 'receiverCpuUsPerEvent', title: 'receive', unit: 'us', better: 'lower', ...compared },
  { name: 'writerCpuUsPerEvent', title: 'write', unit: 'us', better: 'lower', ...compared },
  { name: 'cpuUsPerEvent', title: 'CPU/event', unit: 'us', better: 'lower', ...compared },
  { name: 'lagS', title: 'lag', unit: 's', better: 'lower', ...shown },
  { name: 'peakRssBytes', title: 'peak RSS', unit: 'B', better: 'lower', ...shown },
  { name: 'rssGrowthBytes', title: 'RSS growth', unit: 'B', better: 'lower', ...shown },
  { name: 'bytesPerEvent', title: 'bytes/event', unit: 'B', better: 'lower', ...hidden },
];

const NOTES = [
  'A trial is invalid if one event is not in the database, or the publisher was slower than 98 % of the rate.',
  'The publisher is a program in C that sends from memory, in bursts of 10 ms, on the same machine: its CPU time is not part of the figures.',
  'Lag: from the end of the publisher, which ends when all has left, to the end of the recorder. RSS growth: the last quarter of the time against the second one.',
];

/** Whether a recorder keeps up, and what an event costs it. */
export const recordScenario: Scenario = {
  name: 'record',
  title: 'Record',
  question: 'Does a recorder write all that comes at a high rate, and at what cost?',
  isOnRequest: true,
  figures: FIGURES,
  charts: [{ kind: 'bars', title: 'CPU time an event', figure: 'cpuUsPerEvent' }],
  prepare,
};

async function prepare({ level, seconds, events, signal, onMake, onStep }: Settings): Promise<Prepared> {
  const durationS = seconds ?? atLevel(level, { quick: 5, default: 60, full: 60 });
  const nightEvents = events ?? atLevel(level, { quick: 50_000, default: 200_000, full: 200_000 });
  const night = await seededNight({
    ...{ events: nightEvents, attributes: ATTRIBUTES, signal, onMake, onStep },
  });
  const publisher = peerProgram('publisher');
  if (!('command' in publisher))
    throw new Error(
      `The recorder's publisher takes a C compiler and libzmq: ${publisher.reason}. ${HOW_TO_BUILD}`,
    );
  const plan = { publisher: publisher.command, framesPath: expectedFrames(night, 'compact'), durationS };
  return {
    conditions: {
      ...{ trialS: durationS, attributes: ATTRIBUTES, nightEvents, seed: SEED },
      transport: 'tcp',
      queue: 'the default',
    },
    notes: NOTES,
    cases: RATES_PER_S.map((ratePerS) => ({
      ...{ id: `${ratePerS} events/s`, subject: 'ours', parameters: { ratePerS }, reference: null },
      measure: () => recordOnce({ ...plan, ratePerS }),
    })),
  };
}
