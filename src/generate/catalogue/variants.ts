import { absent, failing } from '../field.js';
import { counter, walk } from '../number-field.js';
import { flag, mode } from '../state-field.js';
import { type TopicKind, topic } from '../topic-kind.js';

/** Makes the topic of one of many equal parts. Parts count from 1. */
type Variant = (part: number) => TopicKind;

/** Parts whose number is not limited: `chooseTopics` adds as many as it needs. */
export const VARIANTS: readonly Variant[] = [
  (part) =>
    topic(`virus.ifu${number(part)}.status`, { hz: 0.5, delayMs: 15 }, [
      ...['left', 'right'].flatMap((side) => [
        walk(`${side}.ccd_temperature`, { mean: -110, spread: 0.2, memoryS: 900, digits: 2 }),
        walk(`${side}.bias`, { mean: 1002, spread: 1.5, memoryS: 300, digits: 1 }),
      ]),
      mode('state', ['IDLE', 'EXPOSING', 'READING'], 200),
      flag('enabled', 36000, 60),
      counter('sequence', 1),
    ]),
  (part) =>
    topic(`mirror.segment${number(part)}.position`, { hz: 0.5, slewHz: 2, delayMs: 20 }, [
      walk('tip', { mean: 0, spread: 0.08, memoryS: 900, digits: 5 }),
      walk('tilt', { mean: 0, spread: 0.08, memoryS: 900, digits: 5 }),
      walk('piston', { mean: 0, spread: 2, memoryS: 900, digits: 3 }),
      failing(walk('temperature', { mean: 10.5, spread: 1, memoryS: 7200, digits: 2 }), 7200, 60),
      flag('active', 36000, 60),
      absent('radius'),
    ]),
  (part) =>
    topic(`dome.sensor${number(part)}.reading`, { hz: 0.2, delayMs: 25, timeDecimals: 3 }, [
      failing(walk('temperature', { mean: 11.5, spread: 1.2, memoryS: 5400, digits: 2 }), 7200, 60),
      walk('battery', { mean: 3.61, spread: 0.03, memoryS: 86400, digits: 2 }),
      mode('link', ['good', 'weak'], 1800),
    ]),
];

function number(part: number): string {
  return String(part).padStart(3, '0');
}
