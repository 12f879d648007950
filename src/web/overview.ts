import { finiteOrNull } from '../control/control-status.js';
import { SPEEDS } from '../control/speed-ladder.js';
import { packageVersion } from '../shared/package-version.js';
import type { Archive } from '../timeline/archive.js';
import type { Overview } from './protocol.js';
import type { ShownReplay } from './shown-replay.js';
import type { TopicDirectory } from './topic-directory.js';

const ALL = { startS: Number.NEGATIVE_INFINITY, endS: Number.POSITIVE_INFINITY };

/** What is played. @throws TcsReplayError where it could not be opened */
export async function overviewOf(
  { mode, playback, archive: opening }: ShownReplay,
  directory: TopicDirectory,
): Promise<Overview> {
  const archive = await opening;
  const { firstS, lastS, timezone, addresses } = playback.status();
  const { startS, endS } = archive.selected ?? ALL;
  return {
    program: `tcs-replay ${packageVersion()}`,
    mode,
    plays: archive.live !== undefined ? 'live' : archive.isMock ? 'mock' : 'recordings',
    sources: archive.live === undefined ? recordingsOf(archive, directory) : publishersOf(archive.live),
    firstS: finiteOrNull(Math.max(firstS, startS)),
    lastS: finiteOrNull(Math.min(lastS, endS)),
    timeZone: timezone,
    addresses,
    speeds: SPEEDS.map((speed) => (speed === Number.POSITIVE_INFINITY ? 'max' : speed)),
    topicCount: directory.size,
  };
}

function recordingsOf({ recordings, isWhole }: Archive, directory: TopicDirectory): Overview['sources'] {
  return recordings.map(({ name, description, firstTimeS, lastTimeS, eventCount, tail }) => {
    // A file that grows has told how many it had.
    const told = isWhole && tail === undefined ? eventCount : undefined;
    return {
      name: name.replace(/^.*\//s, ''),
      path: name,
      kind: description,
      firstS: finiteOrNull(firstTimeS),
      lastS: finiteOrNull(lastTimeS),
      events: directory.eventsOfSource(name) ?? told ?? null,
    };
  });
}

function publishersOf(live: NonNullable<Archive['live']>): Overview['sources'] {
  return live.figures().publishers.map(({ url }) => ({
    ...{ name: url, path: url, kind: 'live publisher' },
    ...{ firstS: null, lastS: null, events: null },
  }));
}
