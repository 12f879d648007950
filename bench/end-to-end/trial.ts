import { freePort } from '../../test/support/peer.js';
import { TIME_KEYS } from '../expected-frames.js';
import { runMeasured } from '../measured-program.js';
import { type Night, SEQUENCE_KEY } from '../night.js';
import { dropFromPageCache, loadIntoPageCache } from '../page-cache.js';
import { visitPage } from '../page-visitor.js';
import { prepareNight, setKeptInMemory } from '../prepared-file.js';
import { ProgramCache } from '../program-cache.js';
import { PUBLISHER, type PublisherName, START_TIMEOUT_MS, WAIT_SETUP_S } from '../publisher.js';
import { Receiver } from '../receiver.js';
import type { ReceiverChoice } from '../receiver-choice.js';
import { rateOf } from '../receiver-rate.js';
import { faultsOf } from '../reception-faults.js';
import { requireSuccess } from '../require-success.js';
import type { Measured } from '../scenario.js';

/** One replay of a night, flat out. */
export interface FlatOutPlan {
  readonly publisher: PublisherName;
  readonly night: Night;
  readonly receiver: ReceiverChoice;
  /** High-water mark of tcs-replay. Undefined: its default. */
  readonly highWaterMark: number | undefined;
  /** Additional arguments of tcs-replay. */
  readonly args: readonly string[];
  readonly isCold: boolean;
  /** Whether the night is prepared before. Default false. */
  readonly isPrepared?: boolean;
  /** Whether its page is open meanwhile. Default false. */
  readonly hasPage?: boolean;
  /** Digest of all messages that must arrive; null: unknown. */
  readonly digest: string | null;
  /** File of the expected order: see `ranksOf`. Undefined: the order of the numbers. */
  readonly ranksPath?: string;
  /** Variables added to the publisher's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A publisher that sends fewer than a thousand events a second is considered hung. */
const TIMEOUT_MS_PER_EVENT = 1;
const COURSE_MS = 50;

/** Runs a publisher in a process of its own, which sends a night to a receiver in another process. */
export async function playFlatOut(plan: FlatOutPlan): Promise<Measured> {
  const { night, receiver: choice, digest, ranksPath, isCold } = plan;
  const { command, args, sent } = PUBLISHER[plan.publisher];
  const { events, path } = night;
  let isOnDisk = isCold && dropFromPageCache(path);
  if (!isCold) loadIntoPageCache(path);
  const url = `tcp://127.0.0.1:${await freePort()}`;
  const timeoutMs = START_TIMEOUT_MS + TIMEOUT_MS_PER_EVENT * events;
  const cache = new ProgramCache('end-to-end');
  const preparing = plan.isPrepared === true ? await prepareNight(night, cache) : undefined;
  const prepared = preparing && { prepareS: preparing.wallS, preparedBytes: cache.sizeBytes };
  if (preparing !== undefined) isOnDisk = setKeptInMemory(cache, !isCold) && isOnDisk;
  const receiver = await Receiver.start(choice, {
    ...{ url, count: events, sequenceKey: SEQUENCE_KEY, ranksPath, courseMs: COURSE_MS },
    ...{ firstTimeoutMs: START_TIMEOUT_MS, timeoutMs },
    digestWithout: digest === null ? undefined : TIME_KEYS,
  });
  let visit: Promise<void> | undefined;
  try {
    const sending = {
      ...{ workers: undefined, highWaterMark: plan.highWaterMark },
      ...{ database: path, url, waitSetupS: WAIT_SETUP_S },
    };
    const outcome = await runMeasured(command(), [...args(sending), ...plan.args], {
      ...{ timeoutMs, env: { ...cache.env, ...plan.env } },
      onStart: (program) => {
        if (plan.hasPage === true) visit = visitPage(program);
        // It is awaited below.
        visit?.catch(() => {});
      },
    });
    requireSuccess('The publisher', outcome);
    await visit;
    const itSent = sent(outcome.stdout);
    const reception = await receiver.reception();
    const faults = faultsOf({ events, digest }, itSent.events, reception);
    if (isCold && !isOnDisk) faults.reasons.push('the database could not be dropped from memory');
    const eventsPerS = rateOf(reception.received, reception);
    return {
      ...faults,
      achievedPerS: eventsPerS,
      figures: {
        eventsPerS,
        bytesPerS: rateOf(reception.bytes, reception),
        cpuUsPerEvent: outcome.cpuS === null ? null : (1e6 * outcome.cpuS) / events,
        peakRssBytes: outcome.peakRssBytes,
        publisherEventsPerS: itSent.eventsPerS,
        wallS: outcome.wallS,
        ...prepared,
        receiverCpuUsPerEvent: reception.cpuS === undefined ? null : (1e6 * reception.cpuS) / events,
      },
      course: reception.course,
    };
  } finally {
    receiver.stop();
    cache.empty();
  }
}
