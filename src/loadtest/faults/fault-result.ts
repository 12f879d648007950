import type { FaultKind } from './fault-spec.js';

/** What was sent wrong on purpose. */
export interface FaultResult {
  /** As it was asked for. */
  readonly fault: string;
  readonly kind: FaultKind;
  /** Number of events that it has hit. */
  readonly events: number;
}
