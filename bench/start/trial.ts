import { performance } from 'node:perf_hooks';
import type { SortBy } from '../../src/database/order/sort-by.js';
import { messageOf } from '../../src/shared/errors.js';
import type { MeasuredOutcome } from '../measured-program.js';
import type { Night } from '../night.js';
import { dropFromPageCache, loadIntoPageCache } from '../page-cache.js';
import { prepareNight } from '../prepared-file.js';
import type { ProgramCache } from '../program-cache.js';
import { oursArgs, START_TIMEOUT_MS } from '../publisher.js';
import type { Measured } from '../scenario.js';
import { spreadOf } from '../spread.js';
import { DrivenReplay } from './driven-replay.js';
import type { ExpectedEvents } from './expected-events.js';

/**
 * What tcs-replay finds at its start. `cold`: the database is on the disk only, and the cache folder is
 * empty. `kept`: the cache folder has what an earlier process left, and the database is in memory. `prepared`: as kept, and the
 * cache folder has the prepared file of the database.
 */
export type CacheState = 'cold' | 'kept' | 'prepared';

export interface StartPlan {
  readonly night: Night;
  readonly order: SortBy;
  readonly cache: CacheState;
  readonly programCache: ProgramCache;
  readonly expected: ExpectedEvents;
  readonly highWaterMark: number | undefined;
  /** Whether this machine can drop a database from the page cache. */
  readonly canDrop: boolean;
}

/** So low that after the first event no other is due. */
const RATE_PER_S = '0.001';

/** What tcs-replay builds before the first event takes some tens of microseconds per event. */
const START_TIMEOUT_MS_PER_EVENT = 0.2;

/** Runs tcs-replay once, so that the measured process finds its cache filled. @throws Error if that fails */
export async function leaveKept(plan: StartPlan): Promise<void> {
  if (plan.cache === 'prepared') await prepareNight(plan.night, plan.programCache);
  const { reasons } = await start({ ...plan, expected: { ...plan.expected, jumps: [] } });
  if (reasons.length > 0) throw new Error(`The run before the measured one failed: ${reasons.join('; ')}`);
}

/** Measures how soon tcs-replay sends its first event, and how soon it finds the next one after each jump. */
export async function measureStart(plan: StartPlan): Promise<Measured> {
  const { night, cache, programCache, canDrop } = plan;
  if (cache !== 'cold') {
    loadIntoPageCache(night.path);
    return start(plan);
  }
  programCache.empty();
  if (!dropFromPageCache(night.path) && canDrop) {
    return { reasons: [`${night.path} could not be dropped from the page cache`], figures: {} };
  }
  try {
    return await start(plan);
  } finally {
    programCache.empty();
  }
}

/** What happened up to the end or the first error. */
interface Course {
  readonly reasons: string[];
  readonly seeksS: number[];
}

async function start({ night, order, programCache, expected, highWaterMark }: StartPlan): Promise<Measured> {
  const replay = await DrivenReplay.start({
    command: process.execPath,
    args: [
      ...oursArgs({ workers: undefined, highWaterMark, sortBy: order }),
      ...['--rate', RATE_PER_S, '--quiet', night.path],
    ],
    env: programCache.env,
    timeoutMs: START_TIMEOUT_MS + START_TIMEOUT_MS_PER_EVENT * night.events,
  });
  const course: Course = { reasons: [], seeksS: [] };
  try {
    await drive(replay, expected, course);
  } catch (error) {
    course.reasons.push(messageOf(error));
    await replay.giveUp();
  } finally {
    replay.close();
  }
  const outcome = await replay.outcome;
  return measured(replay, outcome, programCache, expected, course);
}

async function drive(replay: DrivenReplay, expected: ExpectedEvents, course: Course): Promise<void> {
  const { reasons, seeksS } = course;
  const first = await replay.firstEvent();
  if (first !== expected.first)
    reasons.push(`the first event was number ${first}, not number ${expected.first}`);
  await replay.command({ command: 'pause' });
  for (const { timeS, number } of expected.jumps) {
    const startedMs = performance.now();
    await replay.command({ command: 'seek', to: timeS });
    seeksS.push((performance.now() - startedMs) / 1000);
    const found = await replay.step();
    if (found !== number) reasons.push(`after a jump to ${timeS} came number ${found}, not number ${number}`);
  }
  await replay.command({ command: 'quit' });
}

function measured(
  { firstEventS }: DrivenReplay,
  { code, signal, stdout, stderr, peakRssBytes }: MeasuredOutcome,
  { sizeBytes: keptBytes }: ProgramCache,
  expected: ExpectedEvents,
  { reasons, seeksS }: Course,
): Measured {
  const events = 1 + expected.jumps.length;
  if (code !== 0) reasons.push(`the program ended with ${code ?? signal}: ${stderr.trim()}`);
  else if (JSON.parse(stdout).sent !== events)
    reasons.push(`sent ${JSON.parse(stdout).sent} of ${events} events`);
  const [firstSeekS, ...laterS] = seeksS;
  const later = laterS.length === 0 ? null : spreadOf(laterS);
  return {
    reasons,
    figures: {
      firstEventS: Number.isNaN(firstEventS) ? null : firstEventS,
      firstSeekS: firstSeekS ?? null,
      seekS: later?.median ?? null,
      longestSeekS: later?.max ?? null,
      peakRssBytes,
      keptBytes,
    },
  };
}
