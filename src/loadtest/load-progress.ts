import type { SubscriberPoint } from './load-report.js';
import type { BurstProgress, SearchProgress } from './search/search-result.js';
import type { StageUnit } from './stage-spec.js';
import type { SubscriberKind } from './subscriber-kind.js';

/** How a load test stands. */
export interface LoadProgress {
  readonly phase: 'load' | 'drain';
  /** Seconds since the load began, and how long it is. */
  readonly atS: number;
  readonly durationS: number;
  /** Number of the present stage, from 1, and of all. */
  readonly stage: number;
  readonly stages: number;
  readonly unit: StageUnit;
  /** What is intended now: events a second, or a speed. */
  readonly intended: number;
  readonly offeredPerS: number;
  readonly lateP99Us: number | null;
  readonly sent: number;
  /** How a search stands; null: there is none. `atS`, `durationS` and `intended` are then those of its present trial. */
  readonly search: SearchProgress | null;
  /** How a search for the largest burst stands; null: there is none. */
  readonly burst: BurstProgress | null;
  /** The sentinel first. */
  readonly subscribers: readonly (SubscriberPoint & {
    readonly name: string;
    readonly kind: SubscriberKind;
    readonly received: number | null;
    /** Of its process; null: not known. */
    readonly pid: number | null;
  })[];
}
