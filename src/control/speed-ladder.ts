/** The speeds that the keys and the page offer, ascending; Infinity: flat out. */
export const SPEEDS = [
  0.01,
  0.02,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  1000,
  Number.POSITIVE_INFINITY,
] as const;

/** The speeds that the keys go through: round ones, and the one that the replay began with. */
export class SpeedLadder {
  private readonly _steps: readonly number[];

  constructor(startSpeedup: number) {
    this._steps = [...new Set([...SPEEDS, startSpeedup])].sort((a, b) => a - b);
  }

  /** The next higher speed; the highest is Infinity, flat out. */
  faster(speedup: number): number {
    return this._steps.find((step) => step > speedup) ?? Number.POSITIVE_INFINITY;
  }

  /** The next lower speed; a speed that is not above the lowest stays. */
  slower(speedup: number): number {
    return this._steps.findLast((step) => step < speedup) ?? speedup;
  }
}

/** `60x`, or `max` flat out. */
export function speedText(speedup: number): string {
  return speedup === Number.POSITIVE_INFINITY ? 'max' : `${Number(speedup.toPrecision(6))}x`;
}
