import type { Unit } from '../result.js';

/** Figures in these units depend on the machine's speed. Memory and numbers of things do not. */
const UNITS_OF_SPEED: readonly Unit[] = ['1/s', 'B/s', 's', 'us', 'ns', 'share'];

/** Whether a figure depends on the machine's speed. */
export function dependsOnSpeed(unit: Unit): boolean {
  return UNITS_OF_SPEED.includes(unit);
}
