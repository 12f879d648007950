import { type Mount, mountOn } from './mount.js';
import { shortWayDeg, turnDeg } from './sky.js';
import type { Target } from './target.js';

export const PHASE_KINDS = ['idle', 'slew', 'acquire', 'track'] as const;

/** What the telescope does: wait, turn to a target, find it in the field, or follow it and expose. */
export type PhaseKind = (typeof PHASE_KINDS)[number];

/** A part of a night. Times are seconds since the night's start; a phase starts where the previous one ends. */
export interface Phase {
  readonly kind: PhaseKind;
  readonly startS: number;
  readonly endS: number;
  /** While idle, this is the coming target, which attributes must not show yet. */
  readonly target: Target;
  /** The mount when the slew to the target begins. */
  readonly from: Mount;
  /** The mount when the slew ends. */
  readonly to: Mount;
}

/** The mount at a time within a phase. */
export function mountAt(phase: Phase, elapsedS: number, unixS: number): Mount {
  const { from, to, target } = phase;
  if (phase.kind === 'idle') return from;
  if (phase.kind === 'slew') return blend(from, to, (elapsedS - phase.startS) / (phase.endS - phase.startS));
  return mountOn(target.raDeg, target.decDeg, to.structureAzDeg, unixS);
}

/** Interpolates with a smooth start and stop, as motors move. `progress` is clamped to 0 to 1. */
function blend(from: Mount, to: Mount, progress: number): Mount {
  const share = Math.max(0, Math.min(1, progress)) ** 2 * (3 - 2 * Math.max(0, Math.min(1, progress)));
  const turnedDeg = shortWayDeg(to.structureAzDeg - from.structureAzDeg);
  return {
    structureAzDeg: turnDeg(from.structureAzDeg + share * turnedDeg),
    xMm: from.xMm + share * (to.xMm - from.xMm),
    yMm: from.yMm + share * (to.yMm - from.yMm),
  };
}
