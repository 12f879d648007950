import { count } from '../../shared/text.js';
import type { StageUnit } from '../stage-spec.js';

/** An amount of load: `9,600/s`, or `12.3x` the recorded speed. Small rates and speeds have three digits. */
export function amountText(load: number, unit: StageUnit): string {
  const rounded = Number(load.toPrecision(3));
  if (unit === 'speed') return `${rounded}x`;
  return load < 100 ? `${rounded}/s` : `${count(load)}/s`;
}
