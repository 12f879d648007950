import type { MissedThreshold } from '../../measure/outcome.js';

/** `threshold missed: p99>5ms: it was 7.1 ms` */
export function missedLine({ condition, found, unit }: MissedThreshold): string {
  const shown = found === null ? 'not measured' : `${Number(found.toPrecision(6))} ${unit}`.trimEnd();
  return `threshold missed: ${condition}: ${found === null ? shown : `it was ${shown}`}`;
}
