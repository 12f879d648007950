import type { Tally } from '../measure/tally.js';
import type { Playback } from '../playback/playback.js';
import type { Archive } from '../timeline/archive.js';

/** What the page shows and drives. */
export interface ShownReplay {
  /** `play` publishes; `view` only shows. */
  readonly mode: 'play' | 'view';
  readonly playback: Playback;
  /** It watches topics. */
  readonly tally: Pick<Tally, 'progress' | 'counts' | 'seeks' | 'sentEvents' | 'watchedTopics'>;
  readonly archive: Promise<Archive>;
}
