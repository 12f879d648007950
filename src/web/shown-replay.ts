import type { Tally } from '../measure/tally.js';
import type { Playback } from '../playback/playback.js';
import type { Archive } from '../timeline/archive.js';
import type { ShownLoad } from './shown-load.js';

/** What the page shows and drives. */
export interface ShownReplay {
  /** Whether it is only viewed: nothing is published. */
  readonly isView: boolean;
  /** The load test that it is part of, which is shown and not driven; undefined: it is none. */
  readonly load: ShownLoad | undefined;
  readonly playback: Playback;
  /** It watches topics. */
  readonly tally: Pick<Tally, 'progress' | 'counts' | 'seeks' | 'sentEvents' | 'watchedTopics'>;
  readonly archive: Promise<Archive>;
}
