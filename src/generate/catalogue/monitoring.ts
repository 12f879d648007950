import { absent, constant, MISSING_STRING } from '../field.js';
import { counter, growing, walk } from '../number-field.js';
import { flag, mode } from '../state-field.js';
import { topic } from '../topic-kind.js';

/** Monitoring: the logger of the events, and the alarms. */

export const loggerQueue = topic('logger.queue.depth', { hz: 1, slewHz: 2, delayMs: 2 }, [
  walk('depth', { mean: 40, spread: 12, memoryS: 20, digits: 0 }),
  growing('received', 1, 150),
  growing('written', 1, 150),
  constant('dropped', '0', 'number'),
  walk('latency', { mean: 0.011, spread: 0.002, memoryS: 20, digits: 'all' }),
]);

export const loggerDisk = topic('logger.disk.status', { hz: 0.1, delayMs: 2 }, [
  constant('path', '/data1/tcs/log'),
  growing('used', 412_000_000_000, 24000),
  constant('total', '2000398934016', 'number'),
  flag('writable', 360000, 5),
]);

export const alarms = topic(
  'alarm.summary.state',
  { hz: 0.1, spacing: 'random', delayMs: 5, isData: false },
  [
    mode('level', ['ok', 'ok', 'ok', 'warning', 'critical'], 600),
    counter('sequence', 1),
    flag('acknowledged', 600, 60),
    absent('source', 'string'),
    mode('message', [MISSING_STRING, MISSING_STRING, 'dewpoint within 2 °C', 'wind gust above 15 m/s'], 600),
  ],
);
