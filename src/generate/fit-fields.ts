import type { Field } from './field.js';
import { growing, walk } from './number-field.js';
import { flag, mode } from './state-field.js';

/** The first `count` fields, filled up with auxiliary channels of all types where there are fewer. */
export function fitFields(fields: readonly Field[], count: number): readonly Field[] {
  const fitted = fields.slice(0, count);
  for (let channel = 1; fitted.length < count; channel++) fitted.push(auxiliary(channel));
  return fitted;
}

function auxiliary(channel: number): Field {
  const key = `aux.ch${String(channel).padStart(2, '0')}`;
  if (channel % 8 === 0) return mode(key, ['nominal', 'degraded', 'off'], 600);
  if (channel % 8 === 4) return flag(key, 600, 600);
  if (channel % 8 === 2) return growing(key, 1000 * channel, 5);
  return walk(key, { mean: channel, spread: channel / 10, memoryS: 60, digits: channel % 6 });
}
