import { absent, constant, failing, MISSING_STRING, text } from '../field.js';
import { counter, growing, walk } from '../number-field.js';
import { flag, mode, whether } from '../state-field.js';
import { type TopicKind, topic } from '../topic-kind.js';

/** The spectrographs: LRS2, VIRUS and HPF. */

export const lrs2Hardware = topic('lrs2.hardware.status', { hz: 1, slewHz: 2, delayMs: 10 }, [
  ...['blue', 'red'].flatMap((arm) => [
    walk(`${arm}.ccd_temperature`, { mean: -110, spread: 0.15, memoryS: 600, digits: 3 }),
    walk(`${arm}.cryostat_temperature`, { mean: -182.4, spread: 0.4, memoryS: 1200, digits: 2 }),
    walk(`${arm}.pressure`, { mean: 3.2e-7, spread: 2e-8, memoryS: 1200, digits: 'all' }),
    walk(`${arm}.heater`, { mean: 38, spread: 4, memoryS: 300, digits: 1 }),
    flag(`${arm}.ready`, 1200, 60),
    mode(`${arm}.state`, ['IDLE', 'EXPOSING', 'READING'], 200),
  ]),
  constant('controller', 'lrs2-a'),
  counter('sequence', 1),
]);

export const virusHardware = topic('virus.hardware.status', { hz: 1, slewHz: 2, delayMs: 12 }, [
  ...Array.from({ length: 8 }, (_, bank) => [
    walk(`bank${bank + 1}.temperature`, { mean: -100, spread: 0.5, memoryS: 900, digits: 2 }),
    flag(`bank${bank + 1}.ready`, 3600, 60),
  ]).flat(),
  walk('nitrogen.level', { mean: 71, spread: 5, memoryS: 7200, digits: 1 }),
  walk('nitrogen.pressure', { mean: 26.1, spread: 0.5, memoryS: 600, digits: 2 }),
  constant('ifus', '78', 'number'),
]);

export const hpfEnvironment = topic('hpf.environment.temperature', { hz: 1, delayMs: 14 }, [
  ...Array.from({ length: 10 }, (_, sensor) =>
    walk(`sensor${sensor + 1}`, { mean: 180, spread: 0.0008, memoryS: 3600, digits: 'all' }),
  ),
  walk('pressure', { mean: 8.1e-8, spread: 4e-9, memoryS: 3600, digits: 'all' }),
  failing(walk('enclosure', { mean: 20.1, spread: 0.2, memoryS: 1800, digits: 3 }), 3600, 60),
]);

export const lrs2Exposure = exposure('lrs2', 'lrs2.exposure.state');
export const virusExposure = exposure('virus', 'virus.exposure.state');
export const hpfExposure = exposure('hpf', 'hpf.exposure.state');

export const hpfComb = topic('hpf.lfc.status', { hz: 0.5, delayMs: 14 }, [
  walk('power', { mean: 1.1, spread: 0.05, memoryS: 300, digits: 3 }),
  walk('repetition', { mean: 30e9, spread: 0.4, memoryS: 300, digits: 1 }),
  flag('locked', 1800, 60),
  mode('shutter', ['CLOSED', 'OPEN'], 900),
]);

function exposure(system: 'lrs2' | 'virus' | 'hpf', name: string): TopicKind {
  return topic(name, { hz: 0.05, at: ['slew', 'acquire', 'track'], spacing: 'random', delayMs: 10 }, [
    text('state', ({ phase }) =>
      phase.kind === 'track' && phase.target.instrument === system ? 'EXPOSING' : 'IDLE',
    ),
    whether('active', ({ phase }) => phase.kind === 'track' && phase.target.instrument === system),
    text('object', ({ phase }) =>
      phase.kind !== 'idle' && phase.target.instrument === system ? phase.target.name : MISSING_STRING,
    ),
    growing('exposure_id', 20180324000, 0.002),
    mode('type', ['sci', 'cmp', 'flt', 'zro'], 1200),
    walk('requested', { mean: 360, spread: 20, memoryS: 3600, digits: 1 }),
    absent('remaining'),
    absent('comment', 'string'),
  ]);
}
