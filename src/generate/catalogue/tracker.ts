import { absent, constant, failing, MISSING_STRING, text } from '../field.js';
import { counter, growing, measured, walk } from '../number-field.js';
import { flag, mode, whether } from '../state-field.js';
import { EVERY_PHASE, topic } from '../topic-kind.js';

const LEGS = [1, 2, 3, 4, 5, 6];

/** The tracker, which carries the instruments over the mirror and follows the target. */

export const position = topic('tracker.position.actual', { hz: 10, slewHz: 50, delayMs: 4 }, [
  measured('itf.x', ({ pointing }) => pointing.xMm, { noise: 0.004, digits: 5 }),
  measured('itf.y', ({ pointing }) => pointing.yMm, { noise: 0.004, digits: 5 }),
  walk('itf.z', { mean: 0.12, spread: 0.03, memoryS: 60, digits: 5 }),
  measured('itf.theta', ({ pointing }) => pointing.altDeg - 55, { noise: 2e-5, digits: 6 }),
  measured('itf.phi', ({ pointing }) => pointing.azDeg - pointing.structureAzDeg, { noise: 2e-5, digits: 6 }),
  measured('itf.rho', ({ pointing }) => pointing.parallacticDeg, { noise: 2e-5, digits: 6 }),
  walk('error.x', { mean: 0, spread: 0.006, memoryS: 1, digits: 5 }),
  walk('error.y', { mean: 0, spread: 0.006, memoryS: 1, digits: 5 }),
  whether('moving', ({ phase }) => phase.kind === 'slew'),
  flag('in_position', 120, 3),
]);

export const demand = topic('tracker.position.demand', { hz: 10, slewHz: 50, delayMs: 4, isData: false }, [
  measured('itf.x', ({ pointing }) => pointing.xMm, { digits: 'all' }),
  measured('itf.y', ({ pointing }) => pointing.yMm, { digits: 'all' }),
  constant('itf.z', '0.0', 'number'),
  measured('itf.theta', ({ pointing }) => pointing.altDeg - 55, { digits: 6 }),
  measured('itf.phi', ({ pointing }) => pointing.azDeg - pointing.structureAzDeg, { digits: 6 }),
  measured('itf.rho', ({ pointing }) => pointing.parallacticDeg, { digits: 6 }),
  counter('sequence', 1),
]);

export const hexapod = topic('tracker.hexapod.length', { hz: 10, slewHz: 50, delayMs: 4 }, [
  ...LEGS.map((leg) =>
    measured(`leg${leg}.length`, ({ pointing }) => 1820 + pointing.xMm * 0.02 * Math.cos(leg) + leg, {
      noise: 0.0008,
      digits: 5,
    }),
  ),
  ...LEGS.map((leg) =>
    walk(`leg${leg}.force`, { mean: 4100 + 55 * leg, spread: 80, memoryS: 90, digits: 1 }),
  ),
  flag('brake', 20, 900),
]);

export const motors = topic('tracker.motor.status', { hz: 1, slewHz: 20, at: EVERY_PHASE }, [
  ...['x_upper', 'x_lower', 'y', 'rho'].flatMap((axis) => [
    walk(`${axis}.current`, { mean: 3.1, spread: 0.7, memoryS: 20, digits: 2 }),
    walk(`${axis}.temperature`, { mean: 24, spread: 2, memoryS: 1800, digits: 1 }),
    flag(`${axis}.enabled`, 7200, 20),
  ]),
  mode('mode', ['TRACK', 'HOLD', 'JOG'], 600),
  growing('travel', 918273, 3),
]);

export const metrology = topic('tracker.metrology.status', { hz: 1, slewHz: 10 }, [
  failing(walk('tip', { mean: 0.4, spread: 1.1, memoryS: 60 }), 1200, 15),
  failing(walk('tilt', { mean: -0.2, spread: 1.1, memoryS: 60 }), 1200, 15),
  failing(walk('focus', { mean: 13081.5, spread: 0.05, memoryS: 300, digits: 'all' }), 1200, 15),
  absent('piston'),
  mode('source', ['dmi', 'ttc', 'both'], 900),
  text('target', ({ phase }) => (phase.kind === 'track' ? phase.target.name : MISSING_STRING)),
]);

export const interlock = topic(
  'tracker.safety.interlock',
  { hz: 0.2, at: ['slew'], isData: false, delayMs: 20 },
  [
    ...['north', 'south', 'east', 'west', 'upper', 'lower'].map((side) =>
      constant(`limit.${side}`, 'false', 'boolean'),
    ),
    constant('emergency_stop', 'false', 'boolean'),
    flag('ready', 36000, 20),
    absent('tripped_by', 'string'),
  ],
);
