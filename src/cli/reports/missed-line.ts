import type { TestedCondition } from '../../measure/condition.js';

/** `threshold missed: p99>5ms: it was 7.1ms` */
export function missedLine(threshold: TestedCondition): string {
  return `threshold missed: ${thresholdText(threshold)}`;
}

/** `p99>5ms: it was 7.1ms` */
export function thresholdText({ condition, found, unit }: TestedCondition): string {
  if (found === null) return `${condition}: not measured`;
  return `${condition}: it was ${Number(found.toPrecision(6))}${unit}`;
}
