import type { StatefulSource } from './source.js';
import type { Run } from './timeline.js';

interface State {
  readonly dueS: number;
  readonly run: Run;
}

/**
 * What a subscriber that had been listening would know when a replay starts in the middle: the last event of each wanted
 * topic before that moment, in order of time. Where several sources know a topic, the latest event counts.
 *
 * @param sources in order of time
 * @param beforeS the moment, in Unix seconds
 * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
 */
export async function stateBefore(sources: readonly StatefulSource[], beforeS: number): Promise<Run[]> {
  const states = new Map<string, State>();
  for (const source of sources) {
    for await (const { batch } of source.statesBefore(beforeS)) {
      for (let i = 0; i < batch.count; i++) {
        const topic = batch.topics[batch.topicIdOf(i)];
        const dueS = batch.dueS[i];
        const known = states.get(topic);
        if (known !== undefined && known.dueS > dueS) continue;
        // Entered anew, so that events of the same time stay in the order of play.
        states.delete(topic);
        states.set(topic, { dueS, run: { source, batch, first: i, end: i + 1, shareAtEnd: 0 } });
      }
    }
  }
  return [...states.values()].sort((a, b) => a.dueS - b.dueS).map(({ run }) => run);
}
