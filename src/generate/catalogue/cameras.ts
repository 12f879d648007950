import { absent, constant, failing, ofTarget } from '../field.js';
import { counter, growing, walk } from '../number-field.js';
import { flag, mode, whether } from '../state-field.js';
import { EVERY_PHASE, type TopicKind, topic } from '../topic-kind.js';

/** The cameras that acquire a target, guide on it and measure its image quality. */

export const guider1 = centroid('guider.gc1.centroid');
export const guider2 = centroid('guider.gc2.centroid');
export const wavefront1 = zernike('wfs.ops1.zernike');
export const wavefront2 = zernike('wfs.ops2.zernike');

export const correction = topic('guider.loop.correction', { hz: 10, idleHz: 0.2, slewHz: 0.5, delayMs: 5 }, [
  walk('dx', { mean: 0, spread: 0.11, memoryS: 4, digits: 'all' }),
  walk('dy', { mean: 0, spread: 0.11, memoryS: 4, digits: 'all' }),
  walk('drho', { mean: 0, spread: 0.002, memoryS: 60, digits: 6 }),
  walk('dz', { mean: 0, spread: 0.01, memoryS: 60, digits: 5 }),
  whether('closed', ({ phase }) => phase.kind === 'track'),
  mode('gain', ['0.3', '0.5', '0.7'], 1800),
]);

export const guiderStatus = topic('guider.camera.status', { hz: 1, at: EVERY_PHASE }, [
  ...['gc1', 'gc2'].flatMap((camera) => [
    walk(`${camera}.ccd_temperature`, { mean: -35, spread: 0.2, memoryS: 300, digits: 2 }),
    walk(`${camera}.cooler_power`, { mean: 42, spread: 3, memoryS: 300, digits: 0 }),
    mode(`${camera}.filter`, ['B', 'g', 'r', 'clear'], 1200),
    growing(`${camera}.frames`, 100, 0.7),
    flag(`${camera}.streaming`, 1200, 30),
  ]),
]);

export const acquisitionFrame = topic('acq.camera.frame', { hz: 0.5, slewHz: 5, acquireHz: 5, delayMs: 30 }, [
  counter('frame', 1),
  walk('exposure', { mean: 2, spread: 0.5, memoryS: 600, digits: 1 }),
  walk('background', { mean: 812, spread: 40, memoryS: 300, digits: 1 }),
  ofTarget('target', ({ name }) => name),
  failing(walk('centroid.x', { mean: 1024, spread: 30, memoryS: 60, digits: 2 }), 60, 4),
  failing(walk('centroid.y', { mean: 1024, spread: 30, memoryS: 60, digits: 2 }), 60, 4),
  mode('filter', ['g', 'r', 'i', 'clear'], 1200),
  absent('path', 'string'),
]);

export const acquisitionStatus = topic('acq.camera.status', { hz: 0.5, slewHz: 2 }, [
  walk('ccd_temperature', { mean: -30, spread: 0.3, memoryS: 300, digits: 2 }),
  mode('state', ['IDLE', 'EXPOSING', 'READING'], 20),
  mode('mirror', ['OUT', 'IN'], 600),
  flag('cooler', 36000, 10),
]);

function centroid(name: string): TopicKind {
  return topic(name, { hz: 10, idleHz: 0.2, slewHz: 1, acquireHz: 5, delayMs: 12 }, [
    counter('frame', 1),
    failing(walk('x', { mean: 256, spread: 0.6, memoryS: 8, digits: 3 }), 180, 5),
    failing(walk('y', { mean: 256, spread: 0.6, memoryS: 8, digits: 3 }), 180, 5),
    failing(walk('fwhm', { mean: 1.52, spread: 0.22, memoryS: 120, digits: 2 }), 180, 5),
    failing(walk('flux', { mean: 25400, spread: 3100, memoryS: 40, digits: 0 }), 180, 5),
    walk('background', { mean: 310, spread: 25, memoryS: 600, digits: 1 }),
    walk('transparency', { mean: 0.86, spread: 0.06, memoryS: 240, digits: 'all' }),
    constant('exposure', '0.1', 'number'),
    mode('filter', ['B', 'g', 'r', 'clear'], 1200),
    flag('found', 180, 5),
    ofTarget('target', ({ name }) => name),
    absent('catalogue_id', 'string'),
  ]);
}

function zernike(name: string): TopicKind {
  return topic(name, { hz: 0.5, idleHz: 0.05, slewHz: 0.05, delayMs: 40 }, [
    ...Array.from({ length: 22 }, (_, term) =>
      failing(
        walk(`z${term + 1}`, { mean: 0, spread: 0.4 / (term + 1), memoryS: 240, digits: 'all' }),
        900,
        30,
      ),
    ),
    counter('frame', 1),
    walk('residual', { mean: 0.11, spread: 0.02, memoryS: 120, digits: 4 }),
    flag('valid', 900, 30),
    mode('lenslet', ['27x27', '14x14'], 7200),
  ]);
}
