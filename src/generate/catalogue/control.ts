import { absent, constant, MISSING_NUMBER, ofTarget, text } from '../field.js';
import { counter, growing, measured, walk } from '../number-field.js';
import { flag, mode, whether } from '../state-field.js';
import { EVERY_PHASE, topic } from '../topic-kind.js';

const STATES = { idle: 'READY', slew: 'SLEWING', acquire: 'ACQUIRING', track: 'GUIDING' } as const;

const NOTES = [
  'clouds at 30° in the west, seeing 1.4″',
  'thé à 02:10, tout va bien',
  'dome inside 11.5 °C, outside 9.8 °C',
  'guide star faint: exposure 3 s',
  'Señal de niebla al sur, humidity 82%',
  'trajectory reloaded',
];

/** The core of the control system: its state, its target and its planned trajectory. */

export const heartbeat = topic('tcs.core.heartbeat', { hz: 0.2, isData: false, delayMs: 3 }, [
  counter('sequence', 1),
  growing('uptime', 86400, 1),
  constant('version', '2.18.3'),
  whether('busy', ({ phase }) => phase.kind === 'slew'),
  constant('host', 'tcs-core'),
]);

export const state = topic('tcs.core.state', { hz: 0.1, slewHz: 2, at: EVERY_PHASE, delayMs: 3 }, [
  text('state', ({ phase }) => STATES[phase.kind]),
  whether('slewing', ({ phase }) => phase.kind === 'slew'),
  whether('guiding', ({ phase }) => phase.kind === 'track'),
  whether('has_target', ({ phase }) => phase.kind !== 'idle'),
  flag('engineering', 60, 36000),
  mode('operator', ['jrodriguez', 'smith', 'renée'], 14400),
  absent('last_error', 'string'),
  counter('transitions', 1),
  walk('loop_ms', { mean: 4.2, spread: 0.6, memoryS: 30, digits: 3 }),
]);

export const target = topic('tcs.target.current', { hz: 0.02, at: EVERY_PHASE, delayMs: 3 }, [
  ofTarget('name', ({ name }) => name),
  ofTarget('program', ({ program }) => program),
  ofTarget('instrument', ({ instrument }) => instrument),
  measured('ra', ({ phase }) => (phase.kind === 'idle' ? Number(MISSING_NUMBER) : phase.target.raDeg / 15), {
    digits: 'all',
  }),
  measured('dec', ({ phase }) => (phase.kind === 'idle' ? Number(MISSING_NUMBER) : phase.target.decDeg), {
    digits: 'all',
  }),
  measured(
    'magnitude',
    ({ phase }) => (phase.kind === 'idle' ? Number(MISSING_NUMBER) : phase.target.magnitude),
    {
      digits: 1,
    },
  ),
  measured('az', ({ phase }) => phase.target.structureAzDeg, { digits: 2 }),
  constant('equinox', '2000.0', 'number'),
  absent('pm_ra'),
  absent('pm_dec'),
  absent('comment', 'string'),
]);

export const pointing = topic('tcs.pointing.sky', { hz: 10, slewHz: 20, delayMs: 3 }, [
  measured('az', ({ pointing }) => pointing.azDeg, { digits: 6 }),
  measured('alt', ({ pointing }) => pointing.altDeg, { digits: 6 }),
  measured('ra', ({ pointing }) => pointing.raDeg / 15, { digits: 'all' }),
  measured('dec', ({ pointing }) => pointing.decDeg, { digits: 'all' }),
  measured('ha', ({ pointing }) => pointing.hourAngleDeg / 15, { digits: 6 }),
  measured('lst', ({ pointing }) => pointing.siderealDeg / 15, { digits: 6 }),
  measured('parallactic', ({ pointing }) => pointing.parallacticDeg),
  measured('airmass', ({ pointing }) => pointing.airmass),
  whether('on_target', ({ phase }) => phase.kind === 'track'),
  ofTarget('target', ({ name }) => name),
]);

export const trajectoryPoint = topic('tcs.trajectory.point', { hz: 10, delayMs: 3 }, [
  counter('index'),
  measured('itf.x', ({ pointing }) => pointing.xMm, { digits: 6 }),
  measured('itf.y', ({ pointing }) => pointing.yMm, { digits: 6 }),
  measured('itf.rho', ({ pointing }) => pointing.parallacticDeg, { digits: 6 }),
  measured('itf.theta', ({ pointing }) => pointing.altDeg - 55, { digits: 6 }),
  measured('itf.phi', ({ pointing }) => pointing.azDeg - pointing.structureAzDeg, { digits: 6 }),
  measured('span', ({ phase }) => phase.endS - phase.startS, { digits: 1 }),
  whether('valid', ({ phase }) => phase.kind !== 'idle'),
]);

export const trajectoryLoad = topic('tcs.trajectory.load', { at: ['slew'], delayMs: 15, isData: false }, [
  text('target', ({ phase }) => phase.target.name),
  measured('points', ({ phase }) => Math.round((phase.endS - phase.startS) * 10), { digits: 0 }),
  measured('az', ({ phase }) => phase.target.structureAzDeg, { digits: 2 }),
  constant('direction', 'best'),
  constant('accepted', 'true', 'boolean'),
  absent('reason', 'string'),
]);

export const note = topic(
  'tcs.operator.note',
  { hz: 1 / 300, at: ['acquire'], spacing: 'random', isData: false },
  [
    { key: 'note', dataType: 'string', start: (random) => () => random.pick(NOTES) },
    mode('author', ['jrodriguez', 'smith', 'renée'], 14400),
    mode('level', ['info', 'info', 'warning']),
  ],
);
