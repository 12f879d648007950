import type { TestedThreshold } from '../../measure/outcome.js';

/** `threshold missed: p99>5ms: it was 7.1ms` */
export function missedLine(threshold: TestedThreshold): string {
  return `threshold missed: ${thresholdText(threshold)}`;
}

/** `p99>5ms: it was 7.1ms` */
export function thresholdText({ condition, found, unit }: TestedThreshold): string {
  if (found === null) return `${condition}: not measured`;
  return `${condition}: it was ${Number(found.toPrecision(6))}${unit}`;
}
