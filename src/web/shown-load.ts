import type { LoadCourse, LoadNow, LoadPoint, SubscriberRow } from './load-protocol.js';

/** A load test, as the page shows it. What has not changed is the same object. */
export interface ShownLoad {
  readonly now: LoadNow;
  readonly course: LoadCourse;
  /** Number of subscribers. */
  readonly subscriberCount: number;
  /** The worst of them, as of the last look. @param most how many at most */
  worst(most: number): readonly SubscriberRow[];
  /** What was since the last call; null: the load has not begun. */
  takePoint(): LoadPoint | null;
  /** Ends it as it stands. */
  quit(): void;
}
