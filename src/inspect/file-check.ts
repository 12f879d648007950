import type { Finding } from '../database/check/finding.js';

export interface CheckProgress {
  readonly path: string;
  /** Events of this database that have been checked. */
  readonly events: number;
  /** Share of its row ids that has been checked: 0 to 1. */
  readonly share: number;
  /** Whether SQLite's own check is still running. */
  readonly isIntegrityDue: boolean;
}

/** The result for one database. */
export interface FileCheck {
  readonly path: string;
  /** `damaged`: not all can be read. `odd`: all can be read, but something is not as it should be. */
  readonly verdict: 'sound' | 'odd' | 'damaged' | 'unchecked';
  /** Why it could not be checked; undefined where it was checked. */
  readonly failure: string | undefined;
  /** Events that were checked. */
  readonly events: number;
  readonly findings: readonly Finding[];
}

/** What findings say of a file. */
export function verdictOf(findings: readonly Finding[]): FileCheck['verdict'] {
  if (findings.length === 0) return 'sound';
  return findings.some(({ severity }) => severity === 'damage') ? 'damaged' : 'odd';
}
