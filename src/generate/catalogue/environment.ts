import { absent, constant, failing, text } from '../field.js';
import { growing, measured, walk } from '../number-field.js';
import { flag, mode, whether } from '../state-field.js';
import { topic } from '../topic-kind.js';

/** The air, the sky and the dome. */

export const outside = topic('weather.station.outside', { hz: 1, delayMs: 18, timeDecimals: 3 }, [
  walk('temperature', { mean: 9.8, spread: 2.5, memoryS: 7200, digits: 2 }),
  walk('dewpoint', { mean: 1.7, spread: 2, memoryS: 7200, digits: 2 }),
  walk('humidity', { mean: 58, spread: 9, memoryS: 5400, digits: 1 }),
  walk('pressure', { mean: 797.4, spread: 1.2, memoryS: 14400, digits: 2 }),
  walk('wind.speed', { mean: 5.6, spread: 1.9, memoryS: 45, digits: 2 }),
  walk('wind.gust', { mean: 9.1, spread: 1.6, memoryS: 90, digits: 2 }),
  walk('wind.direction', { mean: 205, spread: 18, memoryS: 300, digits: 0 }),
  constant('rain', '0', 'number'),
  absent('snow'),
  flag('ok', 14400, 300),
]);

export const inside = topic('weather.dome.inside', { hz: 0.5, delayMs: 18, timeDecimals: 3 }, [
  ...['floor', 'catwalk', 'tracker', 'ring'].flatMap((place) => [
    walk(`${place}.temperature`, { mean: 11.5, spread: 1.2, memoryS: 5400, digits: 2 }),
    walk(`${place}.humidity`, { mean: 52, spread: 6, memoryS: 5400, digits: 1 }),
  ]),
  constant('unit', '°C'),
]);

export const seeing = topic(
  'weather.dimm.seeing',
  { hz: 1 / 30, spacing: 'random', delayMs: 60, timeDecimals: 3 },
  [
    failing(walk('seeing', { mean: 1.31, spread: 0.25, memoryS: 900, digits: 2 }), 1800, 200),
    walk('airmass', { mean: 1.2, spread: 0.05, memoryS: 900, digits: 3 }),
    mode('star', ['Arcturus', 'Procyon', 'Regulus'], 5400),
    walk('flux', { mean: 51000, spread: 4000, memoryS: 300, digits: 0 }),
  ],
);

export const clouds = topic('weather.sky.brightness', { hz: 0.1, delayMs: 60, timeDecimals: 3 }, [
  walk('zenith', { mean: 21.6, spread: 0.12, memoryS: 1800, digits: 3 }),
  walk('west', { mean: 21.1, spread: 0.15, memoryS: 1800, digits: 3 }),
  walk('infrared', { mean: -38, spread: 4, memoryS: 1800, digits: 1 }),
  mode('condition', ['clear', 'thin cirrus', 'partly cloudy'], 3600),
  absent('moon_age'),
]);

export const dome = topic('dome.azimuth.position', { hz: 1, slewHz: 20 }, [
  measured('az', ({ pointing }) => pointing.azDeg, { noise: 0.2, digits: 2 }),
  measured('demand', ({ pointing }) => pointing.azDeg, { digits: 2 }),
  whether('moving', ({ phase }) => phase.kind === 'slew'),
  walk('drive.current', { mean: 11, spread: 3, memoryS: 20, digits: 1 }),
  mode('control', ['AUTO', 'MANUAL'], 7200),
]);

export const domeShutter = topic('dome.shutter.state', { hz: 0.2, at: ['idle', 'slew'], delayMs: 12 }, [
  text('state', () => 'OPEN'),
  constant('position', '100.0', 'number'),
  flag('wind_screen', 3600, 7200),
  growing('cycles', 9120, 0.0001),
  absent('fault', 'string'),
]);

export const louvers = topic('dome.louver.status', { hz: 0.1, delayMs: 20 }, [
  ...Array.from({ length: 12 }, (_, louver) => flag(`louver${louver + 1}.open`, 5400, 1800)),
  walk('airflow', { mean: 2.4, spread: 0.5, memoryS: 300, digits: 2 }),
]);
