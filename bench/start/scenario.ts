import type { SortBy } from '../../src/database/order/sort-by.js';
import { OPTIONS } from '../../src/options/option-table.js';
import * as text from '../../src/shared/text.js';
import type { Night } from '../night.js';
import { dropFromPageCache } from '../page-cache.js';
import { ProgramCache } from '../program-cache.js';
import type { CaseInfo } from '../result.js';
import type { Case, Prepared, Scenario } from '../scenario.js';
import type { Settings } from '../settings.js';
import { idOf, type StartCase, sizesOf, startCases, wayOf } from './cases.js';
import { type ExpectedEvents, expectedEvents, SEED } from './expected-events.js';
import { ATTRIBUTES, type NightForms, nightForms } from './night-forms.js';
import { shortRuns, wholeIdOf } from './short-runs.js';
import { leaveKept, measureStart, type StartPlan } from './trial.js';

const JUMPS = 20;

/** Time to the first event and time to seek, by the size of the database and the order. */
export const startScenario: Scenario = {
  name: 'start',
  title: 'Start',
  question: 'How soon is the first event there, and how soon the next one after a jump?',
  figures: [
    {
      ...{ name: 'firstEventS', title: 'first event', unit: 's', better: 'lower' },
      ...{ isCompared: true, isShown: true },
    },
    { name: 'seekS', title: 'jump', unit: 's', better: 'lower', isCompared: true, isShown: true },
    { name: 'firstSeekS', title: 'first jump', unit: 's', better: 'lower', isCompared: false, isShown: true },
    {
      ...{ name: 'longestSeekS', title: 'longest jump', unit: 's', better: 'lower' },
      ...{ isCompared: false, isShown: false },
    },
    { name: 'wallS', title: 'start to end', unit: 's', better: 'lower', isCompared: true, isShown: true },
    {
      ...{ name: 'cpuUsPerEvent', title: 'CPU/event', unit: 'us', better: 'lower' },
      ...{ isCompared: true, isShown: true },
    },
    { name: 'peakRssBytes', title: 'peak RSS', unit: 'B', better: 'lower', isCompared: true, isShown: true },
    { name: 'keptBytes', title: 'kept', unit: 'B', better: 'lower', isCompared: true, isShown: true },
  ],
  charts: [
    {
      ...{ kind: 'curve', title: 'Time to the first event, by the number of events' },
      ...{ figure: 'firstEventS', x: 'events', series: 'way' },
    },
    { kind: 'bars', title: 'Time to jump', figure: 'seekS' },
    { kind: 'bars', title: 'From the start of the process to its end', figure: 'wallS' },
  ],
  prepare,
};

async function prepare(settings: Settings): Promise<Prepared> {
  const starts = startCases(settings).filter((each) => settings.wants(idOf(each)));
  const [shortest] = sizesOf(settings);
  const wantsWhole = settings.wants(wholeIdOf(shortest));
  const sizes = sizesOf(settings).filter(
    (size) => (wantsWhole && size === shortest) || starts.some(({ events }) => events === size),
  );
  const hasTextIds = (size: number) =>
    starts.some((each) => each.hasTextIds === true && each.events === size);
  const nights = await nightForms(sizes, hasTextIds, settings);
  const canDrop = [...nights.values()].every(({ unindexed }) => dropFromPageCache(unindexed.path));
  const expectedOf = expectations(settings);
  const plans = starts.map((each, i) => {
    const { indexed, unindexed, textIds } = nights.get(each.events) as NightForms;
    const expected = expectedOf(indexed, each.order);
    const night = (each.hasTextIds && textIds) || (each.hasIndex ? indexed : unindexed);
    const programCache = new ProgramCache(`start-${i}`);
    return { ...each, night, expected, programCache, canDrop, highWaterMark: settings.highWaterMark };
  });
  return {
    conditions: {
      ...{
        transport: 'tcp 127.0.0.1',
        subscribers: 1,
        highWaterMark: settings.highWaterMark ?? OPTIONS.highWaterMark.default,
      },
      ...{ attributes: ATTRIBUTES, jumps: JUMPS, seed: SEED, isDroppedFromPageCache: canDrop },
      clock: 'from the start of the process, Node itself included, to the event at the subscriber',
      warmUp: 'none: a start is what is measured',
    },
    notes: [
      'Cold: the database was dropped from the page cache, and the cache folder of tcs-replay is empty. ' +
        'Kept: that folder has what an earlier process left, and the database is in memory.',
      'The subscriber is in the process of the benchmark and binds first; tcs-replay connects to it.',
      'A jump takes from the seek command on the control socket of a paused replay to the reply that the next event is ready; ' +
        'the first jump of a process is a figure of its own. The next event is then sent, and must be the one that SQLite gives.',
      'Start to end is of the whole process; a whole replay plays the shortest night, which is in memory, flat out and without a ' +
        'subscriber, and its CPU time is that of all threads, by samples of 10 ms.',
      ...(canDrop
        ? []
        : ['The databases could not be dropped from the page cache: cold ones are in memory.']),
    ],
    cases: [
      ...plans.map((plan) => ({ ...infoOf(plan, plan.night), measure: measureOf(plan) })),
      ...shortRuns(settings.wants, wantsWhole ? nights.get(shortest)?.indexed : undefined),
    ],
    close: () => {
      for (const { programCache } of plans) programCache.empty();
    },
  };
}

function measureOf(plan: StartPlan): Case['measure'] {
  // Fill this case's own cache: its cold case may not be wanted, and leaves nothing behind.
  let isReady = plan.cache === 'cold';
  return async () => {
    if (!isReady) await leaveKept(plan);
    isReady = true;
    return measureStart(plan);
  };
}

function infoOf(each: StartCase, { sizeBytes }: Night): CaseInfo {
  const { events, order, hasIndex, hasTextIds = false, cache } = each;
  const way = `${wayOf(each)}, ${cache}`;
  const parameters = { events, sizeBytes, order, hasIndex, ids: hasTextIds ? 'text' : 'integer', cache, way };
  return { id: idOf(each), subject: 'ours', parameters, reference: null };
}

/** Computes expected events once for each night and order: large nights take seconds. */
function expectations(settings: Settings): (night: Night, order: SortBy) => ExpectedEvents {
  const found = new Map<string, ExpectedEvents>();
  return (night, order) => {
    const key = `${night.events} ${order}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    settings.onStep(`sorting ${text.count(night.events)} events, ${order}`);
    const expected = expectedEvents(night, order, JUMPS);
    found.set(key, expected);
    return expected;
  };
}
