import { absent, constant, failing } from '../field.js';
import { counter, measured, walk } from '../number-field.js';
import { flag, mode, whether } from '../state-field.js';
import { EVERY_PHASE, topic } from '../topic-kind.js';

/** The structure, which turns in azimuth on air bearings, and its mirror of 91 segments. */

export const azimuth = topic('structure.azimuth.position', { hz: 10, slewHz: 50, delayMs: 5 }, [
  measured('az', ({ pointing }) => pointing.structureAzDeg, { noise: 2e-5, digits: 6 }),
  measured('demand', ({ phase }) => phase.to.structureAzDeg, { digits: 2 }),
  measured('encoder', ({ pointing }) => Math.round(pointing.structureAzDeg * 88_000), { digits: 0 }),
  walk('velocity', { mean: 0, spread: 0.0001, memoryS: 2, digits: 'all' }),
  walk('torque', { mean: 2.5, spread: 1.5, memoryS: 10, digits: 2 }),
  whether('moving', ({ phase }) => phase.kind === 'slew'),
]);

export const bearings = topic('structure.airbearing.status', { hz: 1, slewHz: 20, at: EVERY_PHASE }, [
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((pad) => [
    walk(`pad${pad}.pressure`, { mean: 82.5, spread: 1.4, memoryS: 60, digits: 2 }),
    whether(`pad${pad}.lifted`, ({ phase }) => phase.kind === 'slew'),
  ]),
  walk('supply', { mean: 101.3, spread: 2, memoryS: 120, digits: 2 }),
]);

export const truss = topic('structure.temperature.truss', { hz: 0.1, delayMs: 30, timeDecimals: 3 }, [
  ...Array.from({ length: 30 }, (_, sensor) =>
    failing(
      walk(`t${sensor + 1}`, { mean: 11 + sensor / 20, spread: 1.5, memoryS: 3600, digits: 2 }),
      14400,
      90,
    ),
  ),
  absent('t31'),
  absent('t32'),
  constant('unit', '°C'),
]);

export const segments = topic('mirror.segment.alignment', { hz: 0.5, slewHz: 2, delayMs: 25 }, [
  ...Array.from({ length: 12 }, (_, ring) => [
    walk(`ring${ring + 1}.tip`, { mean: 0, spread: 0.08, memoryS: 900, digits: 5 }),
    walk(`ring${ring + 1}.tilt`, { mean: 0, spread: 0.08, memoryS: 900, digits: 5 }),
  ]).flat(),
  counter('frame', 1),
]);

export const sams = topic('mirror.sams.status', { hz: 0.2, at: ['slew'], delayMs: 20 }, [
  mode('loop', ['CLOSED', 'OPEN', 'REFERENCE'], 1800),
  walk('rms', { mean: 0.062, spread: 0.01, memoryS: 300, digits: 'all' }),
  walk('gradient', { mean: 1e-7, spread: 1e-8, memoryS: 300, digits: 'all' }),
  flag('stacked', 3600, 120),
  constant('segments', '91', 'number'),
  absent('bad_sensor', 'string'),
]);

export const glass = topic('mirror.temperature.glass', { hz: 0.1, delayMs: 30, timeDecimals: 3 }, [
  ...Array.from({ length: 14 }, (_, sensor) =>
    walk(`segment${sensor * 6 + 1}`, { mean: 10.5, spread: 1, memoryS: 7200, digits: 2 }),
  ),
  absent('segment91'),
]);
