import type { Glance } from '../database/events/glance.js';
import { formOfNumber } from '../encode/time-form.js';
import type { FileRecording } from './file-recording.js';
import { RecordingBlocks } from './recording-blocks.js';

/** Blocks that are looked at, in even places: each is read as a whole. */
const PLACES = 16;
const EVENTS_AT_A_PLACE = 256;
const LONGEST_MS = 200;
const MOST_TOPICS = 1000;

/** Looks at some events in even places of a file: see `glanceAt`. */
export function glanceAtFile(recording: FileRecording): Glance {
  const blocks = new RecordingBlocks(recording);
  try {
    const topics = new Set<string>();
    const times: Glance['times'] = {};
    let [events, stepsBack, reachedS, seen] = [0, 0, Number.NEGATIVE_INFINITY, 0];
    const untilMs = performance.now() + LONGEST_MS;
    for (let place = 0; place < PLACES && seen < blocks.rows && performance.now() < untilMs; place++) {
      const start = Math.max(seen + 1, 1 + Math.floor(((blocks.rows - 1) * place) / PLACES));
      const end = Math.min(blocks.rows, start + Math.max(EVENTS_AT_A_PLACE, Math.ceil(2048 / PLACES)) - 1);
      for (let row = start; row <= end; row++) {
        const { block, at } = blocks.at(row);
        if (block.topicOf[at] < 0) continue;
        if (topics.size < MOST_TOPICS) topics.add(block.topics[block.topicOf[at]]);
        const dueS = block.dueOf(at);
        const form = Number.isNaN(dueS) ? 'none' : formOfNumber(dueS);
        times[form] ??= { count: 0, example: String(dueS) };
        times[form].count += 1;
        if (dueS < reachedS) stepsBack += 1;
        if (!Number.isNaN(dueS)) reachedS = dueS;
        events += 1;
      }
      seen = end;
    }
    const isComplete = blocks.rows <= EVENTS_AT_A_PLACE;
    return { events, isComplete, topics: [...topics], times, stepsBack };
  } finally {
    blocks.close();
  }
}
