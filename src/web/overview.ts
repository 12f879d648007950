import { finiteOrNull } from '../control/control-status.js';
import { SPEEDS } from '../control/speed-ladder.js';
import { packageVersion } from '../shared/package-version.js';
import type { Overview } from './protocol.js';
import type { ShownReplay } from './shown-replay.js';

const ALL = { startS: Number.NEGATIVE_INFINITY, endS: Number.POSITIVE_INFINITY };

/** What is played. @param topicCount topics that are known @throws TcsReplayError where it could not be opened */
export async function overviewOf(
  { mode, playback, archive: opening }: ShownReplay,
  topicCount: number,
): Promise<Overview> {
  const archive = await opening;
  const { firstS, lastS, timezone, addresses } = playback.status();
  const { startS, endS } = archive.selected ?? ALL;
  return {
    program: `tcs-replay ${packageVersion()}`,
    mode,
    sources: archive.recordings.map((source) => ({
      name: source.name.replace(/^.*\//s, ''),
      path: source.name,
      kind: source.description,
      firstS: finiteOrNull(source.firstTimeS),
      lastS: finiteOrNull(source.lastTimeS),
      events: null,
    })),
    firstS: finiteOrNull(Math.max(firstS, startS)),
    lastS: finiteOrNull(Math.min(lastS, endS)),
    timeZone: timezone,
    addresses,
    speeds: SPEEDS.map((speed) => (speed === Number.POSITIVE_INFINITY ? 'max' : speed)),
    topicCount,
  };
}
