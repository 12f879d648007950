import type { Warnings } from '../batch/warnings.js';
import type { DamageSummary } from '../measure/damage-report.js';
import type { PassedOver } from '../sources/recording-files.js';
import type { SourceChange } from '../sources/source.js';
import type { OutputResult } from './output.js';
import type { OutputForm } from './output-form.js';

/** What was converted. */
export interface ConvertOutcome extends OutputResult {
  readonly path: string;
  readonly form: OutputForm;
  /** Number of events written, primed ones included. */
  readonly events: number;
  /** Events at the beginning that are from before the selection. */
  readonly primed: number;
  /** Events of topics that are not wanted. */
  readonly filtered: number;
  /** Seconds that the conversion took. */
  readonly tookS: number;
  /** Counts of what is odd about the events. */
  readonly warnings: Warnings;
  /** What could not be read, and was passed over. */
  readonly damage: DamageSummary;
  /** How sources have changed while they were read. */
  readonly changes: readonly SourceChange[];
  /** Files that were found in folders, or by patterns, and cannot be read. */
  readonly unreadable: readonly PassedOver[];
}
