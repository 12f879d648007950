import { absent, constant, failing, text } from '../field.js';
import { counter, growing, measured, walk } from '../number-field.js';
import { flag, mode, whether } from '../state-field.js';
import { EVERY_PHASE, topic } from '../topic-kind.js';

/** The package at the prime focus: shutter, corrector, and the instruments that measure its position. */

export const shutter = topic('pfip.shutter.state', { hz: 0.2, slewHz: 2, at: EVERY_PHASE, delayMs: 6 }, [
  whether('open', ({ phase }) => phase.kind === 'track'),
  text('state', ({ phase }) => (phase.kind === 'track' ? 'OPEN' : 'CLOSED')),
  growing('cycles', 40211, 0.01),
  walk('motor.temperature', { mean: 14, spread: 1, memoryS: 1800, digits: 1 }),
  absent('error', 'string'),
]);

export const adc = topic('pfip.adc.position', { hz: 1, slewHz: 10 }, [
  measured('angle', ({ pointing }) => pointing.parallacticDeg, { noise: 0.01, digits: 3 }),
  measured('separation', ({ pointing }) => 12 * (pointing.airmass - 1), { noise: 0.002, digits: 4 }),
  whether('moving', ({ phase }) => phase.kind !== 'track'),
  flag('homed', 36000, 30),
]);

export const lamps = topic('pfip.fcu.lamps', { hz: 0.2, delayMs: 15 }, [
  ...['hg', 'cd', 'ne', 'fear', 'qth', 'ldls'].flatMap((lamp, index) => [
    flag(`${lamp}.on`, 60, 3600),
    growing(`${lamp}.hours`, 120 + 61 * index, 0.0003),
  ]),
  mode('head', ['OUT', 'IN'], 1200),
]);

export const dewpoint = topic('pfip.dewpoint.sensor', { hz: 0.2, delayMs: 15, timeDecimals: 3 }, [
  failing(walk('temperature', { mean: 10.4, spread: 1.5, memoryS: 3600, digits: 2 }), 3600, 60),
  failing(walk('dewpoint', { mean: 2.4, spread: 1.5, memoryS: 3600, digits: 2 }), 3600, 60),
  walk('humidity', { mean: 57, spread: 8, memoryS: 3600, digits: 1 }),
  flag('alarm', 30, 7200),
]);

export const distance = topic('dmi.interferometer.distance', { hz: 10, delayMs: 5 }, [
  failing(walk('distance', { mean: 13081.52, spread: 0.02, memoryS: 30, digits: 6 }), 600, 8),
  walk('signal', { mean: 0.71, spread: 0.08, memoryS: 10, digits: 3 }),
  flag('locked', 600, 8),
  counter('sample', 1),
]);

export const tilt = topic('ttc.camera.tilt', { hz: 10, delayMs: 6 }, [
  walk('spot.x', { mean: 512.4, spread: 1.8, memoryS: 15, digits: 3 }),
  walk('spot.y', { mean: 498.1, spread: 1.8, memoryS: 15, digits: 3 }),
  walk('spot.flux', { mean: 18400, spread: 900, memoryS: 15, digits: 0 }),
  walk('tip', { mean: 0.3, spread: 0.9, memoryS: 15, digits: 4 }),
  walk('tilt', { mean: -0.6, spread: 0.9, memoryS: 15, digits: 4 }),
  constant('exposure', '.05', 'number'),
  flag('saturated', 2, 900),
]);
