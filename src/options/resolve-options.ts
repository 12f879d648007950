import { parseSelection, type Selection, type SelectionOptions } from '../selection/selection.js';
import { type TopicFilter, topicFilter } from '../selection/topic-filter.js';
import type { TopicRenaming } from '../selection/topic-renaming.js';
import { above, badOption, durationS, type NameOf, needs, notTogether } from '../shared/expect.js';
import type { RelayOptions } from '../sources/live-source.js';
import { curveClientOptions } from '../zmq/curve/client-keys.js';
import { readServerKeys, type ServerKeys } from '../zmq/curve/server-keys.js';
import type { Route } from '../zmq/route.js';
import { checkFollow } from './check-follow.js';
import { checkFull } from './check-full.js';
import { checkPace } from './check-pace.js';
import { checkRelay } from './check-relay.js';
import { checkReportFlatOut } from './check-report-flat-out.js';
import { checkControl } from './control-address.js';
import { checkEach, LONGEST_WAIT_S, OPTIONS, type OptionValues } from './option-table.js';
import { parseRenaming } from './parse-renaming.js';
import { parseRoutes } from './parse-routes.js';
import type { ReplayOptions } from './replay-options.js';
import { checkWeb } from './web-address.js';

/** Large enough that passing a batch from thread to thread costs next to nothing for each event. */
const FLAT_OUT_BATCH_EVENTS = 8192;
/**
 * At a pace: events were later where threads read larger batches (docs/performance.md). Without threads, the event loop is held
 * while a batch is read.
 */
const BATCH_EVENTS = 1024;

/** Options that are resolved together with others, into values of other names. */
type Combined =
  | keyof SelectionOptions
  | 'from'
  | 'behindS'
  | 'queueBytes'
  | 'curveServer'
  | 'url'
  | 'connect'
  | 'serveForever'
  | 'controlAnyHost'
  | 'webAnyHost'
  | 'topics'
  | 'exclude'
  | 'topicsRegex'
  | 'prefix'
  | 'rename'
  | 'curveKeys'
  | 'curveClients'
  | 'batchEvents';

/** Options with their defaults filled in, checked. */
export interface ResolvedOptions extends Omit<OptionValues, Combined> {
  readonly batchEvents: number;
  /** The sockets, of which there is at least one. */
  readonly routes: readonly Route[];
  /** Number of passes; Infinity: without end. */
  readonly loop: number;
  /** The part of the recorded time that is played; undefined: all of it. */
  readonly selection: Selection | undefined;
  /** Undefined: all topics are sent. */
  readonly filter: TopicFilter | undefined;
  /** Undefined: topics are sent under their own names. */
  readonly renaming: TopicRenaming | undefined;
  /** Undefined: without encryption. */
  readonly curve: ServerKeys | undefined;
  /** The live publishers that are relayed; undefined: databases or mock events are played. */
  readonly relay: Omit<RelayOptions, 'pace'> | undefined;
}

const DEFAULTS = Object.fromEntries(
  Object.entries(OPTIONS).map(([name, { default: value }]) => [name, value]),
) as OptionValues;

/**
 * Checks every option, fills in defaults and reads keys: once, for the library and the command line alike.
 *
 * @param options from the command line, numbers may still be texts
 * @param nameOf what the user calls an option, for errors
 * @throws TcsReplayError `BAD_OPTION`: which option, what was expected, what was found; `NO_SUCH_FILE`: of keys
 */
export function resolveOptions(
  options: ReplayOptions,
  nameOf: NameOf<keyof ReplayOptions> = (option) => option,
): ResolvedOptions {
  const given = checkEach(options, nameOf);
  checkPace(given, nameOf);
  const values = { ...DEFAULTS, ...given };
  checkFull(values, nameOf);
  checkFollow(values, nameOf);
  const { url, connect, serveForever, controlAnyHost, webAnyHost, prefix, rename, ...others } = values;
  const { curveKeys, curveClients, from, behindS, queueBytes, curveServer, ...kept } = others;
  const { topics, exclude, topicsRegex, ...more } = kept;
  const { start, end, duration, night, timezone, fromHour, toHour, ...same } = more;
  // A rate is multiplied by a speed of 1; mock events have a pace of their own.
  const hasSpeed = values.rate === undefined && values.databases.length > 0;
  const speedup = hasSpeed ? values.speedup : 1;
  if (speedup === Number.POSITIVE_INFINITY) checkReportFlatOut(given, nameOf);
  if (values.ledger !== undefined && values.format === 'msgpack')
    throw badOption(nameOf('format'), `json with ${nameOf('ledger')}, which reads payloads`, 'msgpack');
  if (values.priority && values.timing === 'precise')
    throw notTogether(
      nameOf('priority'),
      `${nameOf('timing')} precise`,
      'a real-time thread that does not sleep keeps others from running',
    );
  if (values.prepare && !values.prepared)
    throw badOption(nameOf('prepare'), `without ${nameOf('prepared')}, which refuses prepared files`, 'both');
  if (given.clockTopic !== undefined && values.clockIntervalS === undefined)
    throw needs(nameOf('clockTopic'), nameOf('clockIntervalS'), 'without it there is no clock');
  const bind = given.url === undefined && connect.length > 0 ? [] : url;
  const routes = parseRoutes({ url: bind, connect }, nameOf);
  checkRelay(given, routes, nameOf);
  const addressed = routes.some((route) => route.topics.length === 0)
    ? []
    : [...new Set(routes.flatMap((route) => route.topics))];
  const filter = topicFilter({ topics, exclude, regex: topicsRegex, addressed }, nameOf('topicsRegex'));
  return {
    ...same,
    routes,
    loop: serveForever === true ? Number.POSITIVE_INFINITY : values.loop,
    speedup,
    batchEvents:
      values.batchEvents ??
      (speedup === Number.POSITIVE_INFINITY && values.workers > 0 ? FLAT_OUT_BATCH_EVENTS : BATCH_EVENTS),
    // How long a relay takes is not a part of recorded time.
    selection: parseSelection(from.length > 0 ? { ...given, duration: undefined } : given, nameOf),
    control: checkControl(values, nameOf),
    web: checkWeb(values, nameOf),
    filter,
    renaming: parseRenaming({ prefix, rename }, nameOf),
    curve: readServerKeys({ curveKeys, curveClients, onNotice: options.onNotice }, nameOf),
    relay:
      from.length === 0
        ? undefined
        : {
            ...{ from, behindS, queueBytes, filter },
            highWaterMark: OPTIONS.highWaterMark.default,
            durationS:
              duration === undefined ? Number.POSITIVE_INFINITY : relayedS(duration, nameOf('duration')),
            rewritesTimes: values.times !== 'original',
            curve:
              curveServer === undefined ? undefined : curveClientOptions({ curveServer, curveKeys }, nameOf),
            behindName: nameOf('behindS'),
            queueName: nameOf('queueBytes'),
          },
  };
}

function relayedS(duration: string | number, name: string): number {
  return above(name, durationS(name, String(duration)), 0, LONGEST_WAIT_S);
}
