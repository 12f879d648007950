import type { OptionName } from '../../options/option-table.js';

/**
 * Headings of the help, and the options below each, in order of use: what is needed most comes first. Options that are in no
 * group are shown in the last one.
 */
export const PLAY_GROUPS: readonly (readonly [heading: string, options: readonly OptionName[]])[] = [
  ['Most used:', ['speedup', 'topics', 'start', 'duration', 'night', 'maxGapS', 'url', 'loop', 'limit']],
  [
    'What is played:',
    [
      'end',
      'fromHour',
      'toHour',
      'timezone',
      'exclude',
      'topicsRegex',
      'sortBy',
      'prime',
      'follow',
      'followForS',
      'schema',
      'sleepS',
    ],
  ],
  ['Live publishers:', ['from', 'behindS', 'queueBytes', 'curveServer']],
  ['Pace:', ['rate', 'burst', 'onLate', 'lateAfterMs', 'loopDelayS', 'serveForever', 'timing', 'priority']],
  ['Events:', ['convertNumber', 'convertBool', 'times', 'format', 'prefix', 'rename']],
  [
    'Subscribers:',
    [
      ...(['connect', 'waitSetupS', 'waitSubscribers', 'waitTimeoutS', 'delayS', 'lingerMs'] as const),
      ...(['highWaterMark', 'onFull', 'blockTimeoutS', 'curveKeys', 'curveClients'] as const),
      ...(['clockIntervalS', 'clockTopic'] as const),
    ],
  ],
  ['Control:', ['web', 'webAnyHost', 'control', 'controlAnyHost', 'startPaused']],
  [
    'This machine:',
    [
      'workers',
      'reader',
      'batchEvents',
      'readAheadBytes',
      'prepare',
      'prepared',
      'cacheFolder',
      'cacheLimitBytes',
    ],
  ],
];

/** The last group: what is printed, and all that is in no other group. */
export const RESULT_GROUP = 'Result:';
