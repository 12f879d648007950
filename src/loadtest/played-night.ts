import type { Playable } from '../playback/player.js';
import { topicMatcher } from '../selection/topic-pattern.js';
import { TcsReplayError } from '../shared/errors.js';
import type { Archive, Pass } from '../timeline/archive.js';
import { busiestWindow, meanRate } from './busiest-window.js';
import { RepeatedNight } from './repeated-night.js';
import type { ResolvedLoad } from './resolve-load.js';
import { TopicMix } from './topic-mix.js';

/** What a load test plays. */
export interface PlayedNight {
  readonly playable: Playable;
  /** Events a recorded second, of all telescopes; undefined where nobody needs to know. */
  readonly eventsPerRecordedS: number | undefined;
}

/**
 * What a load test plays of an archive, again and again: its window, by all telescopes, with the topics as they are mixed.
 *
 * @param arrivalName what the user calls the arrival
 * @throws TcsReplayError `BAD_OPTION`, `READ_FAILED`, `WORKER_FAILED`
 */
export async function playedNight(
  archive: Archive,
  { window, arrival, unit, search, telescopes, runaway, silent }: ResolvedLoad,
  arrivalName: string,
): Promise<PlayedNight> {
  const range = window && (await busiestWindow(archive, window));
  const played = range === undefined ? archive : await archive.within(range);
  let eventsPerRecordedS: number | undefined;
  if (arrival === 'recorded' && (unit === 'rate' || search !== undefined)) {
    const perS = await meanRate(played);
    if (perS === undefined)
      throw new TcsReplayError(
        'BAD_OPTION',
        unit === 'rate'
          ? `${arrivalName} recorded needs events that have times: give even or poisson`
          : 'A speed needs events that have times: search for a rate instead',
      );
    eventsPerRecordedS = perS * telescopes;
  }
  const night = await RepeatedNight.of(played, telescopes);
  if (runaway === undefined && silent.length === 0) return { playable: night, eventsPerRecordedS };
  const mix = new TopicMix({ runaway, isSilent: silent.length === 0 ? () => false : topicMatcher(silent) });
  const mixed = ({ past, timeline }: Pass): Pass => ({ past, timeline: mix.mix(timeline) });
  const playable: Playable = {
    firstTimeS: night.firstTimeS,
    lastTimeS: night.lastTimeS,
    seek: async () => mixed(await night.seek()),
    pass: (options) => mixed(night.pass(options)),
  };
  return { playable, eventsPerRecordedS };
}
