import { ARRIVALS, PROFILE_NAMES, STAMPS } from '../../loadtest/load-names.js';
import type { LoadTestOptions } from '../../loadtest/load-options.js';
import type { Flag } from './flag.js';
import { PLAY_FLAGS } from './play-flags.js';
import { secondsOrZero } from './text-form.js';

/** Options of a replay that a load test has, too. */
const OF_PLAY: readonly (keyof LoadTestOptions)[] = [
  ...([
    'url',
    'waitSetupS',
    'waitSubscribers',
    'waitTimeoutS',
    'delayS',
    'lingerMs',
    'highWaterMark',
    'onFull',
    'blockTimeoutS',
  ] as const),
  ...([
    'curveKeys',
    'curveClients',
    'topics',
    'exclude',
    'topicsRegex',
    'start',
    'end',
    'duration',
    'night',
  ] as const),
  ...([
    'fromHour',
    'toHour',
    'timezone',
    'schema',
    'sortBy',
    'prime',
    'convertNumber',
    'convertBool',
    'timing',
  ] as const),
  ...([
    'ledger',
    'hlog',
    'workers',
    'busyTimeoutS',
    'batchEvents',
    'readAheadBytes',
    'cacheFolder',
    'verbose',
  ] as const),
];

const OWN: readonly Flag<keyof LoadTestOptions>[] = [
  {
    option: 'stages',
    flags: '--stage <load>',
    help: 'a rate, a ramp or a speed, and its time: 1k:30s, 1k..20k:2m, 10x:30s; repeatable',
    isRepeatable: true,
  },
  {
    option: 'profile',
    flags: '--profile <name>',
    help: `a load by name: ${PROFILE_NAMES.join(', ')} (default: smoke)`,
  },
  {
    option: 'arrival',
    flags: '--arrival <kind>',
    help: `how events arrive: ${ARRIVALS.join(', ')} (default: even for rates, recorded for speeds)`,
  },
  { option: 'seed', flags: '--seed <number>', help: 'of what is random (default: 1)' },
  {
    option: 'window',
    flags: '--window <part>',
    help: 'the part that is played again and again: busiest:10s (default: all that is selected)',
  },
  {
    option: 'amplify',
    flags: '--amplify <telescopes>',
    help: "number of telescopes; the second one's topics begin with t2. (default: 1)",
  },
  {
    option: 'runaway',
    flags: '--runaway <topic:share>',
    help: 'a topic that repeats itself until it has its share of all events: tcs.tracker.position:70%',
  },
  {
    option: 'silence',
    flags: '--silence <topic>',
    help: 'a topic or pattern that falls silent; repeatable',
    isRepeatable: true,
  },
  {
    option: 'subscribers',
    flags: '--subscriber <subscribers>',
    help: 'subscribers to start: 50, or 1,name=gui,service=exp:200us, also with topics=tracker.*, hwm=1000, join=5s, leave=20s; repeatable',
    isRepeatable: true,
  },
  {
    option: 'endpoints',
    flags: '--endpoint <name=url>',
    help: 'a socket for one subscriber, which counts each event that is lost for it: gui=tcp://*:6001; repeatable',
    isRepeatable: true,
  },
  {
    option: 'reportBind',
    flags: '--report-bind <url>',
    help: 'address at which your subscribers (docs/check-in.md) and agents (docs/many-machines.md) report what they receive',
  },
  {
    option: 'agents',
    flags: '--agents <count>',
    help: 'wait until this number of agents, listen --report-to, report and are subscribed (default: 0)',
  },
  {
    option: 'stamp',
    flags: '--stamp <kind>',
    help: `${STAMPS.join(' or ')}: a third frame with the time and number of each event (default: none)`,
  },
  { option: 'sentinel', flags: '--no-sentinel', help: 'without our own reference subscriber' },
  {
    option: 'failIf',
    flags: '--fail-if <condition>',
    help: "a subscriber fails if this holds: lost>0, 'gui: p99>20ms', lag>2s, backed-up>1%, recovery>5s; repeatable",
    isRepeatable: true,
  },
  { option: 'abortOnFail', flags: '--abort-on-fail', help: 'end as soon as a subscriber fails' },
  {
    option: 'drainS',
    flags: '--drain <time>',
    help: 'longest time after the load to receive what is queued (default: 5s)',
    form: secondsOrZero,
  },
];

/** The options of a load test on the command line. */
export const LOAD_FLAGS: readonly Flag[] = [
  ...OWN,
  ...PLAY_FLAGS.filter(({ option }) => (OF_PLAY as readonly string[]).includes(option)),
];

/** Headings of the help, and the options below each. All others are shown in a last group. */
export const LOAD_GROUPS: readonly (readonly [heading: string, options: readonly string[]])[] = [
  ['The load:', ['stages', 'profile', 'arrival', 'seed', 'window', 'amplify', 'runaway', 'silence']],
  [
    'Subscribers:',
    [
      'subscribers',
      'waitSubscribers',
      'waitTimeoutS',
      'waitSetupS',
      'endpoints',
      'reportBind',
      'agents',
      'stamp',
      'sentinel',
      'url',
    ],
  ],
  ['Queues:', ['highWaterMark', 'onFull', 'blockTimeoutS', 'drainS', 'lingerMs']],
  ['Encryption:', ['curveKeys', 'curveClients']],
  ['What is expected:', ['failIf', 'abortOnFail', 'ledger', 'hlog']],
  [
    'What is played:',
    [
      ...['topics', 'exclude', 'topicsRegex', 'start', 'end', 'duration', 'night', 'fromHour', 'toHour'],
      ...['timezone', 'sortBy', 'prime', 'schema', 'convertNumber', 'convertBool'],
    ],
  ],
];
