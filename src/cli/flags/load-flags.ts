import { ARRIVALS, FIND_MAX, PROFILE_NAMES, STAMPS } from '../../loadtest/load-names.js';
import type { LoadTestOptions } from '../../loadtest/load-options.js';
import { DEFAULT_WEB_ADDRESS } from '../../options/web-address.js';
import type { Flag } from './flag.js';
import { PLAY_FLAGS } from './play-flags.js';
import { seconds, secondsOrZero } from './text-form.js';

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
    'metrics',
    'web',
    'webAnyHost',
    'workers',
    'reader',
    'busyTimeoutS',
    'batchEvents',
    'readAheadBytes',
    'cacheFolder',
    'cacheLimitBytes',
    'prepared',
    'prepare',
    'verbose',
  ] as const),
];

const OWN: readonly Flag<keyof LoadTestOptions>[] = [
  { option: 'title', flags: '--title <text>', help: 'what the load test is called in its reports' },
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
    option: 'findMax',
    flags: '--find-max <what>',
    help: `search for the highest ${FIND_MAX.join(' or ')} that all subscribers bear (docs/find-max.md)`,
  },
  {
    option: 'findBurst',
    flags: '--find-burst',
    help: 'search for the most events back to back of which none is lost',
  },
  {
    option: 'sweep',
    flags: '--sweep <from..to/steps>',
    help: 'try loads from one to another: 1k..20k/10, 1x..10x/5',
  },
  {
    option: 'width',
    flags: '--width <percent>',
    help: 'distance of the bounds between which the highest load is known (default: 5%)',
  },
  {
    option: 'trialSumS',
    flags: '--trial-sum <time>',
    help: 'measured time of all trials that decide on a load (default: 20s)',
    form: seconds,
  },
  {
    option: 'exceed',
    flags: '--exceed <share>',
    help: 'share of the trials of a load that may be bad; one with lost events is too many (default: 0.5)',
  },
  {
    option: 'warmUpS',
    flags: '--warm-up <time>',
    help: 'ramp before each trial (default: 1s)',
    form: secondsOrZero,
  },
  {
    option: 'holdS',
    flags: '--hold <time>',
    help: 'how long the load found is held at the end (default: 30s)',
    form: secondsOrZero,
  },
  {
    option: 'runs',
    flags: '--runs <number>',
    help: 'number of searches: the median, and its range (default: 1)',
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
    help: 'the part that is played again and again: busiest:10s (default: all that is selected; of a search busiest:10s)',
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
    option: 'faults',
    flags: '--fault <kind:events>',
    help: 'what is sent wrong on purpose: drop:1%, nan:3@10s..20s, delay:1%,by=200ms, clock-step:-2s@10s..20s, restart@30s, also duplicate, reorder, truncate, wrong-type, missing-key, huge, non-utf8; repeatable (docs/faults.md)',
    isRepeatable: true,
  },
  {
    option: 'faultLog',
    flags: '--fault-log <file>',
    help: 'list each fault with the number of its event, as lines of JSON',
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
    help: 'longest time after the load to receive what is queued (default: 5s; in a search 2s)',
    form: secondsOrZero,
  },
];

/** What becomes of the report. */
export const LOAD_RESULT_FLAGS = [
  { option: 'html', flags: '--html <file>', help: 'write the report as a page, with its curves' },
  {
    option: 'junit',
    flags: '--junit <file>',
    help: 'write the conditions as test cases for a CI, in XML of JUnit',
  },
  {
    option: 'acceptInconclusive',
    flags: '--accept-inconclusive',
    help: 'exit with 0 where the result is inconclusive: for CI on shared machines',
  },
] as const satisfies readonly Flag[];

/** What a flag of a replay means in a load test. */
const HELP: Readonly<Record<string, string>> = {
  // All addresses have the same topics.
  url: 'address that the socket is bound to; repeatable',
  web: `serve a page that shows the load test (docs/web.md), at this port, or host and port (default: ${DEFAULT_WEB_ADDRESS}, a free port); what looks like neither is a database`,
  webAnyHost:
    'let other hosts reach --web: who has the printed URL can end the load test, and it is not encrypted',
};

/** The options of a load test on the command line. */
export const LOAD_FLAGS: readonly Flag[] = [
  ...OWN,
  ...PLAY_FLAGS.filter(({ option }) => (OF_PLAY as readonly string[]).includes(option)).map(ofLoadTest),
];

/** Headings of the help, and the options below each. All others are shown in a last group. */
export const LOAD_GROUPS: readonly (readonly [heading: string, options: readonly string[]])[] = [
  ['The load:', ['stages', 'profile', 'arrival', 'seed', 'window', 'amplify', 'runaway', 'silence']],
  ['Faults:', ['faults', 'faultLog']],
  [
    'A search:',
    ['findMax', 'findBurst', 'sweep', 'width', 'trialSumS', 'exceed', 'warmUpS', 'holdS', 'runs'],
  ],
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
  ['What is expected:', ['failIf', 'abortOnFail', 'ledger', 'hlog', 'metrics', 'title']],
  ['The page in the browser:', ['web', 'webAnyHost']],
  [
    'What is played:',
    [
      ...['topics', 'exclude', 'topicsRegex', 'start', 'end', 'duration', 'night', 'fromHour', 'toHour'],
      ...['timezone', 'sortBy', 'prime', 'schema', 'convertNumber', 'convertBool'],
    ],
  ],
];

function ofLoadTest(flag: Flag): Flag {
  const help = HELP[flag.option];
  return help === undefined ? flag : { ...flag, help };
}
