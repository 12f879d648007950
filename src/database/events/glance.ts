import type { TimeForm } from '../../encode/time-form.js';

/** What some events of a recording show at a glance. Plain data. */
export interface Glance {
  /** Number of events that were looked at. */
  readonly events: number;
  /** Whether these are all. */
  readonly isComplete: boolean;
  /** Their topics, wanted or not, each once; the first thousand. */
  readonly topics: readonly string[];
  /** Number of events by the form of the time at which they are due, with one such time. */
  readonly times: Partial<Record<TimeForm, { count: number; readonly example: string }>>;
  /** Number of events that are due before the one ahead of them. */
  readonly stepsBack: number;
}
