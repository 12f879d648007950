const LADDER = [
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

/** The next higher speed on the ladder; the highest is Infinity, flat out. */
export function faster(speedup: number): number {
  return LADDER.find((step) => step > speedup) ?? Number.POSITIVE_INFINITY;
}

/** The next lower speed on the ladder; a speed that is not above the lowest stays. */
export function slower(speedup: number): number {
  return LADDER.findLast((step) => step < speedup) ?? speedup;
}

/** `60x`, or `max` flat out. */
export function speedText(speedup: number): string {
  return speedup === Number.POSITIVE_INFINITY ? 'max' : `${Number(speedup.toPrecision(6))}x`;
}
