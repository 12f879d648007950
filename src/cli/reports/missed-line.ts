import type { MissedThreshold } from '../../measure/outcome.js';

/** `threshold missed: p99>5ms: it was 7.1ms` */
export function missedLine({ condition, found, unit }: MissedThreshold): string {
  const shown = found === null ? 'not measured' : `${Number(found.toPrecision(6))}${unit}`;
  return `threshold missed: ${condition}: ${found === null ? shown : `it was ${shown}`}`;
}
