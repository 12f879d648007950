import { badOption, type NameOf, needs, notTogether } from '../shared/expect.js';
import { reaches } from '../zmq/reaches.js';
import type { Route } from '../zmq/route.js';
import { OPTIONS, type OptionName, type OptionValues } from './option-table.js';

const NOT_RECORDED = 'what live publishers send has no beginning and no end, and is not played again';
const OF_DATABASES = 'it is about reading databases';
const AS_RECEIVED = 'payloads are relayed as they come';
const PACE = 'events are relayed at the pace of their publishers';

/** Options that a relay cannot have, and why. */
const REFUSED: Partial<Record<OptionName, string>> = {
  databases:
    'a relay plays no databases beside what its publishers send; play them in a second process, at another address',
  follow: OF_DATABASES,
  followForS: OF_DATABASES,
  speedup: PACE,
  rate: PACE,
  burst: PACE,
  maxGapS: PACE,
  loop: NOT_RECORDED,
  loopDelayS: NOT_RECORDED,
  serveForever: NOT_RECORDED,
  start: NOT_RECORDED,
  end: NOT_RECORDED,
  night: NOT_RECORDED,
  fromHour: NOT_RECORDED,
  toHour: NOT_RECORDED,
  prime: 'what was sent before is not known',
  sortBy: 'events are relayed in the order in which they come',
  sleepS: 'it is the pace of mock events',
  convertNumber: AS_RECEIVED,
  convertBool: AS_RECEIVED,
  schema: OF_DATABASES,
  workers: OF_DATABASES,
  reader: OF_DATABASES,
  busyTimeoutS: OF_DATABASES,
  batchEvents: OF_DATABASES,
  readAheadBytes: OF_DATABASES,
  prepare: OF_DATABASES,
  prepared: OF_DATABASES,
};

/** Options that only a relay has. */
const OF_RELAY = ['behindS', 'queueBytes', 'curveServer'] as const satisfies readonly OptionName[];

/**
 * Refuses options that do not go together with live publishers, or that are about these alone.
 *
 * @param given the values of the options that the user gave
 * @param routes where events are sent
 * @throws TcsReplayError `BAD_OPTION`: which option, and why
 */
export function checkRelay(
  given: Partial<OptionValues>,
  routes: readonly Route[],
  nameOf: NameOf<OptionName>,
): void {
  const { from = [] } = given;
  const name = nameOf('from');
  if (from.length === 0) {
    const other = OF_RELAY.find((option) => given[option] !== undefined);
    if (other !== undefined) throw needs(nameOf(other), name, 'it is about live publishers');
    return;
  }
  for (const [option, why] of Object.entries(REFUSED) as [OptionName, string][])
    if (isOther(option, given[option])) throw notTogether(name, calledName(option, nameOf), why);
  if (given.format === 'msgpack') throw notTogether(name, `${nameOf('format')} msgpack`, AS_RECEIVED);
  if (given.onLate === 'shift')
    throw notTogether(
      name,
      `${nameOf('onLate')} shift`,
      `${nameOf('behindS')} says how far behind the publishers it is`,
    );
  const twice = from.find((url, i) => from.indexOf(url) < i);
  if (twice !== undefined) throw badOption(name, 'an address once', twice, ' twice');
  for (const { bind, connect } of routes)
    for (const [own, option] of [
      ...bind.map((url) => [url, 'url'] as const),
      ...connect.map((url) => [url, 'connect'] as const),
    ]) {
      const source = from.find((url) => reaches(url, own));
      if (source !== undefined)
        throw notTogether(
          `${name} ${source}`,
          `${nameOf(option)} ${own}`,
          `they are the same address: give another one to send to, such as ${nameOf('url')} tcp://127.0.0.1:5560`,
        );
    }
}

/** Whether an option was given, with another value than its default. */
function isOther(option: OptionName, value: unknown): boolean {
  return (
    value !== undefined && value !== OPTIONS[option].default && !(Array.isArray(value) && value.length === 0)
  );
}

function calledName(option: OptionName, nameOf: NameOf<OptionName>): string {
  return option === 'databases' ? 'databases' : nameOf(option);
}
